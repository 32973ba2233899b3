/// A value as it is put out by machine-readable formats: JSON with its members in a fixed order.
package indirect enum OutputValue {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    /// Microseconds, put out as milliseconds without rounding.
    case milliseconds(Int64)
    /// A JSON text as it stands.
    case json(String)
    case array([OutputValue])
    case object([(String, OutputValue)])

    package var isNull: Bool { if case .null = self { true } else { false } }

    package static func optional(_ value: String?) -> OutputValue { value.map(OutputValue.string) ?? .null }
    package static func optional(_ value: Int?) -> OutputValue { value.map { .integer(Int64($0)) } ?? .null }
    package static func optional(_ value: Double?) -> OutputValue { value.map(OutputValue.number) ?? .null }
    package static func milliseconds(_ value: Int64?) -> OutputValue { value.map { .milliseconds($0) } ?? .null }
    package static func integer(_ value: Int) -> OutputValue { .integer(Int64(value)) }
}
