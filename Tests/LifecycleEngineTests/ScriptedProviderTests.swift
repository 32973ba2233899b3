import ModelLifecycle
import ModelLifecycleTesting
import TestSupport
import Testing

/// What embedders' tests rely on, beside what this package's own do.
@Suite(.turn(of: "LifecycleEngineTests")) struct ScriptedProviderTests {
    @Test func aProviderThatFailsToSayWhetherItIsThereIsNot() async {
        let provider = ScriptedProvider()
        provider.script(.availability, .fail(ProviderError(description: "no library")))
        #expect(await provider.availability() == .unavailable(reason: "no library"))
        #expect(await provider.availability() == .available(version: "1.2.3"))
    }
}
