package import ModelLifecycle

/// Tests write what a row says as it is stored.
extension Recorded: ExpressibleByStringLiteral, ExpressibleByExtendedGraphemeClusterLiteral,
    ExpressibleByUnicodeScalarLiteral
{
    package init(stringLiteral text: String) { self.init(text) }
}
