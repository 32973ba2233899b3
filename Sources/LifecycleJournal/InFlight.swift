/// The runs that an engine has in its hands.
package enum InFlight {
    /// A condition on `run_progress AS p`, in the words of the index that holds these runs alone.
    package static let sql = "p.in_flight = 1"
}
