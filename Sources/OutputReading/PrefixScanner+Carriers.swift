/// Where several processes share an output: their names before each line.
extension PrefixScanner {
    mutating func scanCarrier(at start: Int) -> Bool {
        if line[start] == UInt8(ascii: "("), let end = close(from: start, with: ")"), isProcess(line[start + 1..<end]) {
            origin += String(decoding: line[start...end], as: UTF8.self)
            return take(to: end + 1, marks: false)
        }
        if line[start] == UInt8(ascii: "<") {
            // systemd's `<3>`, and the `<stderr>:` of mpirun after `[1,0]`.
            if let digit = line.afterDigits(at: start + 1, most: 1), line.has(">", at: digit) {
                level = Level(syslog: line[start + 1] - 48) ?? level
                return take(to: digit + 1)
            }
            for name: StaticString in ["<stderr>:", "<stdout>:"] where line.has(name, at: start) {
                place = start + name.utf8CodeUnitCount
                return true
            }
        }
        let end = line.afterToken(at: start)
        let token = line[start..<end]
        let next = line.afterBlanks(at: end)
        // docker compose and pm2: `web-1  | `; stern: `pod container › `.
        // Compose may itself be run by systemd or in a pod; its names end with a number.
        let isOutermost = origin.isEmpty || token.dropLast().last == UInt8(ascii: "-") && token.last?.isDigit == true
        if !isMarked, isOutermost, next > end, isContainer(token), line.has("|", at: next),
            next + 1 == line.count || line[next + 1].isBlank
        {
            origin += String(decoding: token, as: UTF8.self)
            return take(to: next + 1, marks: false)
        }
        if place == 0, let mark = line[..<Swift.min(line.count, 100)].firstPlace(of: " \u{203A} ") {
            origin += String(decoding: line[..<mark], as: UTF8.self)
            place = mark + 5
            return true
        }
        if place == 0, isNumbered, let digits = line.afterDigits(at: start), line.has(": ", at: digits) {
            origin += String(decoding: line[start..<digits], as: UTF8.self)
            return restart(at: digits + 1)
        }
        if hasTime {
            for stream: StaticString in ["stdout F ", "stderr F ", "stdout P ", "stderr P "]
            where line.has(stream, at: start) {
                return restart(at: start + 8)
            }
            // syslog and journald: `host prog[123]: `, and `app[web.1]: `.
            if isProgram(token) {
                origin += String(decoding: token, as: UTF8.self)
                return restart(at: end)
            }
            let after = line.afterToken(at: next)
            if next == end + 1, next < line.count, isProgram(line[next..<after]) {
                origin += String(decoding: line[next..<after], as: UTF8.self)
                return restart(at: after)
            }
        }
        // The output of a worker in the log of TorchServe: `W-9000-m_1.0-stderr MODEL_LOG - `.
        if isMarked, line.has("MODEL_LOG - ", at: next) {
            origin += String(decoding: token, as: UTF8.self)
            return restart(at: next + 11)
        }
        // The output of a child that its parent logs, as LocalAI does: `DBG GRPC(m-127.0.0.1:5000): stderr `.
        if isMarked, token.last == UInt8(ascii: ":"), token.count > 1, token.dropLast().last == UInt8(ascii: ")") {
            for stream: StaticString in ["stderr ", "stdout "] where line.has(stream, at: next) {
                origin += String(decoding: token, as: UTF8.self)
                return restart(at: next + stream.utf8CodeUnitCount)
            }
        }
        return false
    }

    /// `pid=123`, `raylet`, `ServeReplica:app:Adder pid=1`, `EngineCore_0 pid=12`, `autoscaler +4s`.
    func isProcess(_ name: ArraySlice<UInt8>) -> Bool {
        guard let first = name.first, name.count <= 100, first.isLetter else { return false }
        if name.has("pid=") || name.has("ip=") || name.has("rank=") { return true }
        guard name.allSatisfy({ $0.isNamePart || $0.isOne(of: ":.-+ @") }) else { return false }
        if name.elementsEqual("raylet".utf8) || name.starts(with: "autoscaler".utf8)
            || name.elementsEqual("gcs_server".utf8)
        {
            return true
        }
        // A name in camel case, with nothing after it: `(EngineCore_0)`, `(APIServer)`.
        return first.isUppercase && !name.contains(32) && name.dropFirst().contains(where: \.isUppercase)
            && name.contains(where: \.isLowercase)
    }

    func isContainer(_ token: ArraySlice<UInt8>) -> Bool {
        guard let first = token.first, first.isNamePart, Level(word: token) == nil,
            token.allSatisfy({ $0.isNamePart || $0.isOne(of: ".-|") })
        else { return false }
        return !token.allSatisfy(\.isDigit)
    }

    /// `prog[123]:`, `kernel:`.
    func isProgram(_ token: ArraySlice<UInt8>) -> Bool {
        guard token.last == UInt8(ascii: ":") else { return false }
        if token.elementsEqual("kernel:".utf8) || token.elementsEqual("systemd:".utf8) { return true }
        guard token.dropLast().last == UInt8(ascii: "]"), let open = token.firstIndex(of: UInt8(ascii: "[")),
            open > token.startIndex, !token.has("rror")
        else { return false }
        return token[..<open].allSatisfy { $0.isNamePart || $0.isOne(of: ".-@/()") }
    }
}
