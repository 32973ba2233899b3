import ModelLifecycle

/// What lies in the place of a model when a download went wrong in a way that looks like success.
enum Pretender {
    static func header(of file: any RandomAccess, _ begin: [UInt8]) -> ModelFileHeader? {
        let text = String(decoding: begin, as: UTF8.self)
        if text.hasPrefix("version https://git-lfs.github.com/spec/") {
            var header = ModelFileHeader(.lfsPointer, bytes: file.size)
            if let size = text.firstMatch(of: /(?m)^size (\d{1,15})$/).flatMap({ Int64($0.1) }), size > file.size {
                header.missingBytes = size - file.size
            }
            header.damage = "it only names the model, which `git lfs pull` fetches"
            return header
        }
        let page = text.drop { $0.isWhitespace }.prefix(14).lowercased()
        guard page.hasPrefix("<!doctype html") || page.hasPrefix("<html") else { return nil }
        var header = ModelFileHeader(.html, bytes: file.size)
        header.damage = "a web page was downloaded in place of the model"
        return header
    }
}
