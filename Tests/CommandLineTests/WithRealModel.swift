import TestSupport
import Testing

/// Tests that load PocketSphinx's English model, one after another: each load keeps a processor busy.
@Suite(.serialized, .needsPocketSphinx, .turn(of: "CommandLineTests")) struct WithRealModel {}
