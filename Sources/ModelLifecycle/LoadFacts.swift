/// What became known of a load while it lasted; it stands on the row that ends LOADING.
public struct LoadFacts: Sendable, Hashable {
    /// How long the run waited until the provider could begin: for a copy of the model that had to leave first.
    public var queue: Duration?
    /// How long it took to read the model's files for their digest; nil where nobody asked for it.
    public var digest: Duration?
    /// How long it took to bring the model's process into being; nil where it has none.
    public var spawn: Duration?
    /// The model's own process.
    public var processID: Int32?
    /// What was loaded; nil where no file is named.
    public var identity: ModelIdentity?

    /// Facts of which each may be unknown.
    public init(
        queue: Duration? = nil, digest: Duration? = nil, spawn: Duration? = nil, processID: Int32? = nil,
        identity: ModelIdentity? = nil
    ) {
        self.queue = queue
        self.digest = digest
        self.spawn = spawn
        self.processID = processID
        self.identity = identity
    }
}

/// By what the files of a model are told apart.
public struct ModelIdentity: Sendable, Hashable {
    /// Of the file, or of all files of the folder.
    public var bytes: Int64
    /// When the newest of them was changed.
    public var modifiedAt: WallTime
    /// SHA-256 in hexadecimal, where it was asked for.
    public var digest: String?

    /// - Parameters:
    ///   - bytes: the size of the file, or of all files of the folder.
    ///   - modifiedAt: when the newest of them was changed.
    ///   - digest: SHA-256 in hexadecimal, where it was asked for.
    public init(bytes: Int64, modifiedAt: WallTime, digest: String? = nil) {
        self.bytes = bytes
        self.modifiedAt = modifiedAt
        self.digest = digest
    }
}
