#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Writes down what a request and this program were given, one line of JSON each.
struct Echo: Sendable {
    let path: String
    let variables: [String]

    func record(_ request: Request) {
        let headers = request.headers.map { "\(quoted($0.name.lowercased())):\(quoted($0.value))" }
        let environment = variables.compactMap { name in
            getenv(name).map { "\(quoted(name)):\(quoted(String(cString: $0)))" }
        }
        let line =
            "{\"method\":\(quoted(request.method)),\"path\":\(quoted(request.path)),"
            + "\"headers\":{\(headers.joined(separator: ","))},\"env\":{\(environment.joined(separator: ","))},"
            + "\"body_bytes\":\(request.body.count)}\n"
        // One write to a file open for appending: lines of two requests do not mix.
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0, write(line, to: file) else { fail("cannot write \(path): \(errorText())", status: 73) }
        close(file)
    }

    private func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            case _: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
