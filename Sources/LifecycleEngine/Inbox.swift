import DequeModule

/// The queue in front of a single consumer that has no task of its own: whoever adds to an idle inbox
/// becomes the consumer until the inbox is empty. A message costs no change of threads that way.
struct Inbox<Message> {
    private var messages: Deque<Message> = []
    /// Somebody consumes: what is added now will be seen by them.
    private var isConsumed = false

    /// - Returns: true where the caller is the consumer now, and has to ask for `next` until it is nil.
    mutating func add(_ message: Message) -> Bool {
        messages.append(message)
        defer { isConsumed = true }
        return !isConsumed
    }

    /// The oldest message. After nil the caller is the consumer no more.
    mutating func next() -> Message? {
        guard let message = messages.popFirst() else {
            isConsumed = false
            return nil
        }
        return message
    }
}
