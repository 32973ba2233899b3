import Foundation

/// What the system said, below what a library made of it.
enum SystemError {
    static func code(_ error: any Error) -> CInt? {
        var next: (any Error)? = error
        while let error = next {
            let bridged = error as NSError
            if bridged.domain == NSPOSIXErrorDomain { return CInt(bridged.code) }
            next = bridged.userInfo[NSUnderlyingErrorKey] as? any Error
        }
        return nil
    }

    /// With a colon in front; empty where the system said nothing.
    static func words(_ error: any Error) -> String { code(error).map { ": \(String(cString: strerror($0)))" } ?? "" }
}
