using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace SimClr.Tests.House;

/// <summary>Says everything that users of an assembly can name, a line each, sorted; what the compiler adds to records is left out.</summary>
internal static class PublicApi
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<string, string> Keywords = new()
    {
        ["Void"] = "void",
        ["Boolean"] = "bool",
        ["Byte"] = "byte",
        ["Int32"] = "int",
        ["Int64"] = "long",
        ["UInt32"] = "uint",
        ["UInt64"] = "ulong",
        ["Single"] = "float",
        ["Double"] = "double",
        ["String"] = "string",
        ["Object"] = "object",
    };

    public static IReadOnlyList<string> Of(System.Reflection.Assembly assembly) =>
        [.. assembly.GetExportedTypes().SelectMany(t => Members(t).Select(m => $"{FullName(t)}.{m}").Prepend($"{FullName(t)} ({Kind(t)})")).Order(StringComparer.Ordinal)];

    private static string FullName(Type type) => $"{type.Namespace}.{Name(type)}";

    private static string Kind(Type type)
    {
        if (type.IsEnum) return $"enum : {Name(Enum.GetUnderlyingType(type))}";
        string kind = type.IsInterface ? "interface"
            : type.IsValueType ? $"{(type.IsDefined(typeof(IsReadOnlyAttribute), false) ? "readonly " : "")}{(type.GetMethod("PrintMembers", Declared) is null ? "" : "record ")}struct"
            : type is { IsAbstract: true, IsSealed: true } ? "static class"
            : $"{(type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : "")}{(type.GetMethod("<Clone>$") is null ? "class" : "record")}";
        var inherited = type.BaseType?.GetInterfaces() ?? [];
        var bases = type.GetInterfaces().Except(inherited).Select(Name).Where(n => !n.StartsWith("IEquatable<", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType)) bases = bases.Prepend(Name(parent)).Order(StringComparer.Ordinal);
        string list = string.Join(", ", bases);
        return list.Length == 0 ? kind : $"{kind} : {list}";
    }

    private static IEnumerable<string> Members(Type type)
    {
        foreach (var field in type.GetFields(Declared).Where(f => Visible(f.Attributes) && !f.IsSpecialName))
            yield return field.IsLiteral ? $"{field.Name} = {Value(field.GetRawConstantValue())}" : $"{field.Name}: {Static(field.IsStatic)}{(field.IsInitOnly ? "readonly " : "")}{Name(new NullabilityInfoContext().Create(field))}";
        if (type.IsEnum) yield break;
        foreach (var constructor in type.GetConstructors(Declared).Where(c => Visible(c) && !Added(c) && !c.IsStatic))
            yield return $"new({Parameters(constructor)})";
        foreach (var property in type.GetProperties(Declared).Where(p => p.GetAccessors(nonPublic: true).Any(Visible) && !Added(p)))
        {
            var accessors = property.GetAccessors(nonPublic: true).Where(Visible).Select(a => a.ReturnType == typeof(void) ? IsInit(a) ? "init;" : "set;" : "get;").Order(StringComparer.Ordinal);
            string index = string.Join(", ", property.GetIndexParameters().Select(Parameter));
            yield return $"{property.Name}{(index.Length > 0 ? $"[{index}]" : "")} {{ {string.Join(" ", accessors)} }}: {Static(property.GetAccessors(nonPublic: true)[0].IsStatic)}{Name(new NullabilityInfoContext().Create(property))}";
        }
        foreach (var change in type.GetEvents(Declared).Where(e => Visible(e.AddMethod!))) yield return $"{change.Name}: event {Name(change.EventHandlerType!)}";
        foreach (var method in type.GetMethods(Declared).Where(m => Visible(m) && !Added(m) && (!m.IsSpecialName || m.Name.StartsWith("op_", StringComparison.Ordinal))))
        {
            string generic = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "";
            yield return $"{method.Name}{generic}({Parameters(method)}): {Static(method.IsStatic)}{Name(new NullabilityInfoContext().Create(method.ReturnParameter))}";
        }
    }

    private static bool Visible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool Visible(FieldAttributes attributes) => (attributes & FieldAttributes.FieldAccessMask) is FieldAttributes.Public or FieldAttributes.Family or FieldAttributes.FamORAssem;

    private static bool Added(MemberInfo member) => member.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false);

    private static bool IsInit(MethodInfo setter) => setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));

    private static string Static(bool isStatic) => isStatic ? "static " : "";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo p) =>
        (p.IsDefined(typeof(ParamArrayAttribute), false) || p.IsDefined(typeof(ParamCollectionAttribute), false) ? "params " : "")
        + (p.ParameterType.IsByRef ? p.IsOut ? "out " : p.IsIn ? "in " : "ref " : "")
        + $"{Name(new NullabilityInfoContext().Create(p))} {p.Name}{(p.HasDefaultValue ? $" = {(p.DefaultValue is null && p.ParameterType.IsValueType && Nullable.GetUnderlyingType(p.ParameterType) is null ? "default" : Value(p.DefaultValue))}" : "")}";

    private static string Value(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Name(NullabilityInfo info)
    {
        var type = info.Type.IsByRef ? info.Type.GetElementType()! : info.Type;
        string name = info.ElementType is { } element && type.IsArray ? $"{Name(element)}[{new string(',', type.GetArrayRank() - 1)}]"
            : info.GenericTypeArguments.Length > 0 && Nullable.GetUnderlyingType(type) is null ? Generic(type, info.GenericTypeArguments.Select(Name))
            : Name(type);
        return !type.IsValueType && !type.IsGenericParameter && info.ReadState == NullabilityState.Nullable ? name + "?" : name;
    }

    private static string Name(Type type)
    {
        if (type.IsByRef) return Name(type.GetElementType()!);
        if (type.IsArray) return $"{Name(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (Nullable.GetUnderlyingType(type) is { } value) return $"{Name(value)}?";
        if (type.IsGenericType) return Generic(type, type.GetGenericArguments().Select(Name));
        string name = type.IsNested && type.DeclaringType!.Assembly == typeof(SimClr.Models.ResNet).Assembly && !type.IsGenericParameter ? $"{Name(type.DeclaringType)}.{type.Name}" : type.Name;
        return Keywords.GetValueOrDefault(name, name);
    }

    private static string Generic(Type type, IEnumerable<string> arguments) =>
        type.Name.StartsWith("ValueTuple`", StringComparison.Ordinal) ? $"({string.Join(", ", arguments)})" : $"{type.Name.Split('`')[0]}<{string.Join(", ", arguments)}>";
}
