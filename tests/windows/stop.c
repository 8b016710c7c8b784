/* stop.exe EVENT FILE LINES COMMAND: starts a command in a console of its own, waits until FILE has LINES lines, sends the event, and ends
   with the command's exit code. EVENT is c, break, close or shutdown.

   Windows calls a program's handlers by a thread that begins in CtrlRoutine of kernelbase, and ends the process five seconds later if the
   window was closed or the session ends. Wine 10 delivers Ctrl+C alone, and at Ctrl+Break ends one of the threads. So this program starts
   that thread itself for the others, and ends the process after thirty seconds: the machine may be busy. */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#include <stdio.h>
#include <wchar.h>

static int fail(const char *what)
{
    fprintf(stderr, "stop: %s: error %lu\n", what, GetLastError());
    return 255;
}

static int lines(const wchar_t *path)
{
    char buffer[65536];
    DWORD read = 0;
    int found = 0;
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE) return 0;
    while (ReadFile(file, buffer, sizeof buffer, &read, NULL) && read > 0)
        for (DWORD i = 0; i < read; i++) found += buffer[i] == '\n';
    CloseHandle(file);
    return found;
}

int wmain(int count, wchar_t **arguments)
{
    static wchar_t command[32768];
    STARTUPINFOW start = { .cb = sizeof start, .dwFlags = STARTF_USESTDHANDLES };
    PROCESS_INFORMATION child;
    DWORD code = 255, event, wait = INFINITE;

    if (count < 5) return fail("EVENT FILE LINES COMMAND");
    event = !wcscmp(arguments[1], L"c") ? CTRL_C_EVENT : !wcscmp(arguments[1], L"break") ? CTRL_BREAK_EVENT
        : !wcscmp(arguments[1], L"close") ? CTRL_CLOSE_EVENT : CTRL_SHUTDOWN_EVENT;
    for (int i = 4; i < count; i++) /* no argument of ours has a quote or ends in a backslash */
        swprintf(command + wcslen(command), 32768 - wcslen(command), i == 4 ? L"\"%ls\"" : L" \"%ls\"", arguments[i]);

    /* A console for both; what the command prints goes where this program's output goes. */
    start.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    start.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    start.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    FreeConsole();
    if (!AllocConsole()) return fail("AllocConsole");

    if (!CreateProcessW(NULL, command, NULL, NULL, TRUE, 0, NULL, NULL, &start, &child)) return fail("the command does not start");
    while (lines(arguments[2]) < _wtoi(arguments[3]))
        if (WaitForSingleObject(child.hProcess, 50) != WAIT_TIMEOUT) return fail("the command ended before the event");

    if (event == CTRL_C_EVENT) /* to all that share the console; this program ignores it */
    {
        SetConsoleCtrlHandler(NULL, TRUE);
        if (!GenerateConsoleCtrlEvent(event, 0)) return fail("GenerateConsoleCtrlEvent");
    }
    else
    {
        LPTHREAD_START_ROUTINE routine = (LPTHREAD_START_ROUTINE)(void *)GetProcAddress(GetModuleHandleW(L"kernelbase"), "CtrlRoutine");
        if (!routine || !CreateRemoteThread(child.hProcess, NULL, 0, routine, (void *)(ULONG_PTR)event, 0, NULL))
            return fail("CtrlRoutine");
        if (event != CTRL_BREAK_EVENT) wait = 30000;
    }
    if (WaitForSingleObject(child.hProcess, wait) == WAIT_TIMEOUT) TerminateProcess(child.hProcess, 0xC000013A);
    WaitForSingleObject(child.hProcess, INFINITE);
    GetExitCodeProcess(child.hProcess, &code);
    return (int)code;
}
