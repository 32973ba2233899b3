package import ModelLifecycle

/// The colours of pages and pictures, light and dark. Load and warm-up are told apart by people who see no red or no
/// green; states differ by shape and text as well.
package enum Theme {
    package static let css = """
        :root { color-scheme: light dark; --ink: #1b1f24; --faint: #5a646f; --paper: #fff; --card: #f5f6f8; --line: #d5dae0;
          --bad: #b3261e; --good: #1a6e37; --busy: #8a5a00; --bar: #7a8794; --load: #2f66b0; --warm: #c77700; --focus: #0b57d0; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --faint: #a3adb8; --paper: #14171a;
          --card: #1d2125; --line: #363c43; --bad: #ff8a80; --good: #7fd69a; --busy: #f0c060; --bar: #8794a1;
          --load: #7fb0f0; --warm: #f0b050; --focus: #a8c7fa; } }
        """
}

/// How a state looks where there is no colour.
package enum StateMark {
    package static func text(_ state: Recorded<ModelState>) -> String {
        switch state.known {
        case .ready: "●"
        case .error: "✕"
        case .loading: "◔"
        case .warmingUp: "◑"
        case .unloading: "◌"
        case .uninitialized, nil: "○"
        }
    }

    /// Of a run, by how it ended.
    package static func text(ofOutcome outcome: Recorded<RunOutcome>) -> String {
        switch outcome.known {
        case .ready, .unloaded: "●"
        case .failed, .interrupted: "✕"
        case .cancelled: "◌"
        case .inProgress, nil: "◔"
        }
    }
}
