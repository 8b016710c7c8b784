/*
 * vcruntime140_1.dll for tests under Wine; part of no package.
 *
 * A C++ exception from torch_cpu.dll is caught in LibTorchSharp.dll, which has Microsoft's C++ runtime inside. That runtime unwinds the
 * frames between with STATUS_UNWIND_CONSOLIDATE and fifteen parameters. Wine's __CxxFrameHandler4 knows only its own record of that status,
 * takes the frames for frames without C++, and skips their destructors: guards of autograd stay set, and later steps get no gradients.
 * This handler gives Wine's the C++ exception that the record stands for, and everything else as it is.
 */
#include <windows.h>

#define CXX_EXCEPTION 0xe06d7363u       /* "msc", the code of every C++ exception of Microsoft's compilers */
#define FIRST_MAGIC 0x19930520u         /* versions of the exception's data */
#define LAST_MAGIC 0x19930522u
#define ORIGINAL 6                      /* Microsoft's parameters: the exception that is unwound for, and the version */
#define VERSION 8
#define PARAMETERS 15

typedef int (__cdecl *frame_handler)(EXCEPTION_RECORD *, ULONG64, CONTEXT *, void *);

static frame_handler wine_handler;

BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, LPVOID reserved)
{
    if (reason == DLL_PROCESS_ATTACH)
    {
        HMODULE wine = LoadLibraryA("wine_vcruntime140_1.dll");
        wine_handler = wine ? (frame_handler)GetProcAddress(wine, "__CxxFrameHandler4") : NULL;
        return wine_handler != NULL;
    }
    return TRUE;
}

static BOOL is_microsofts_unwinding(const EXCEPTION_RECORD *record)
{
    return record->ExceptionCode == STATUS_UNWIND_CONSOLIDATE && (record->ExceptionFlags & EXCEPTION_UNWINDING)
        && !(record->ExceptionFlags & EXCEPTION_TARGET_UNWIND) && record->NumberParameters == PARAMETERS
        && record->ExceptionInformation[VERSION] >= FIRST_MAGIC && record->ExceptionInformation[VERSION] <= LAST_MAGIC;
}

int __cdecl handle_frame(EXCEPTION_RECORD *record, ULONG64 frame, CONTEXT *context, void *dispatcher)
{
    if (!is_microsofts_unwinding(record)) return wine_handler(record, frame, context, dispatcher);

    EXCEPTION_RECORD translated = *record;
    const EXCEPTION_RECORD *original = (const EXCEPTION_RECORD *)record->ExceptionInformation[ORIGINAL];
    translated.ExceptionCode = CXX_EXCEPTION;
    translated.NumberParameters = 4;
    translated.ExceptionInformation[0] = FIRST_MAGIC;
    if (original && original->ExceptionCode == CXX_EXCEPTION)
    {
        translated.NumberParameters = original->NumberParameters;
        for (DWORD i = 0; i < original->NumberParameters; i++) translated.ExceptionInformation[i] = original->ExceptionInformation[i];
    }
    return wine_handler(&translated, frame, context, dispatcher);
}
