/// The lines between the parts of a form, `multipart/form-data` of RFC 7578.
package struct MultipartForm: Sendable {
    /// No part may contain it.
    package let boundary: String

    package init(boundary: String) { self.boundary = boundary }

    package var contentType: String { "multipart/form-data; boundary=\(boundary)" }

    /// What stands before a part's content.
    package func head(_ name: String, file: String? = nil, type: String? = nil) -> String {
        let file =
            file.map {
                "; filename=\"\($0.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "_"))\""
            } ?? ""
        let type = type.map { "Content-Type: \($0)\r\n" } ?? ""
        return "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\(file)\r\n\(type)\r\n"
    }

    /// What stands after each part's content.
    package var partEnd: String { "\r\n" }
    /// What stands after the last part.
    package var end: String { "--\(boundary)--\r\n" }
}
