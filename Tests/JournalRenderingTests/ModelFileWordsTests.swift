import ModelLifecycle
import OutputReading
import Testing

@testable import JournalCare
@testable import JournalRendering
@testable import JournalReports
@testable import LifecycleJournal

/// What is said of a model's file, and what is advised if it is not what its header says.
@Suite struct ModelFileWordsTests {
    private static func file(
        _ format: ModelFileHeader.Format = .gguf, missing: Int64? = nil, damage: String? = nil
    ) -> ModelFileHeader {
        var header = ModelFileHeader(format, bytes: 668 << 20)
        (header.missingBytes, header.damage) = (missing, damage)
        return header
    }

    @Test func aFileIsDescribedOnOneLine() {
        var llama = Self.file()
        (llama.architecture, llama.parameters, llama.quantization) = ("llama", 1_100_048_384, "Q4_K_M")
        #expect(llama.summary == "GGUF, llama, 1.1 B parameters, Q4_K_M, 668 MB")
        llama.parameters = nil
        (llama.name, llama.sizeLabel, llama.files) = ("Tiny", "1.1B", 3)
        #expect(llama.summary == "GGUF, llama, Tiny, 1.1B, Q4_K_M, 3 files, 668 MB")

        var whisper = Self.file(.ggml)
        (whisper.architecture, whisper.name, whisper.quantization) = ("whisper", "tiny.en", "F16")
        whisper.tensors = 0
        #expect(whisper.summary == "ggml, whisper, tiny.en, no tensors, F16, 668 MB")

        var onnx = Self.file(.onnx)
        (onnx.name, onnx.parameters, onnx.producer, onnx.opset) = ("linear", 4160, "pytorch 2.9.0", 17)
        #expect(onnx.summary == "ONNX, linear, 4.1 K parameters, pytorch 2.9.0, opset 17, 668 MB")
        #expect(Self.file(.safetensors).summary == "safetensors, 668 MB")
    }

    @Test(arguments: [
        (file(missing: 12 << 20), "is 12 MB shorter than its header says"),
        (file(.ggml, missing: 5 << 20), "is at least 5 MB shorter than its header says"),
        (file(.ggml, damage: "it has 100 of 167 tensors"), "is damaged (it has 100 of 167 tensors)"),
        (
            file(missing: 5, damage: "b.gguf is missing"),
            "is 5 bytes shorter than its header says and is damaged (b.gguf is missing)"
        ),
        (file(.lfsPointer, missing: 9, damage: "x"), "is a Git LFS pointer and not the model itself"),
        (file(.html, damage: "x"), "is a web page and not a model"),
    ])
    func whatIsWrongIsSaid(file: ModelFileHeader, fault: String) {
        #expect(file.fault == fault)
        var run = FailedRun(.modelLoadFailed, options: NextStepTests.server)
        run.message = "no"
        run.evidence = FailureEvidence()
        run.evidence?.modelFile = file
        #expect(run.cause(OutputReading()) == "no; the model's file \(fault)")
        let words = PostmortemWords(postmortem: run.postmortem, utc: true)
        #expect(words.facts.contains { $0.0 == "model file" && $0.1 == "\(file.summary)\nit \(fault)" })
    }

    @Test(arguments: [FailureReason.processExited, .modelLoadFailed, .startupTimeout, .stalled, .warmupFailed])
    func aFaultyFileIsToBeDownloadedAgain(reason: FailureReason) {
        var run = FailedRun(reason, options: NextStepTests.server)
        run.evidence = FailureEvidence()
        run.evidence?.modelFile = Self.file(missing: 12 << 20)
        // Whatever the server made of it.
        let step = run.nextStep(OutputReading("std::bad_alloc"))
        #expect(step.advice == "my model.gguf is 12 MB shorter than its header says: download it again")
        #expect(step.command == "ls -l 'my model.gguf'")
        run.evidence?.modelFile = Self.file(.lfsPointer, damage: "x")
        #expect(run.nextStep().advice.hasSuffix("fetch the model with `git lfs pull`"))
    }

    /// It was good enough to be loaded.
    @Test func aRunThatWasReadyFailedForAnotherReason() {
        var run = FailedRun(.processExited, options: NextStepTests.server)
        run.phase = "READY"
        run.evidence = FailureEvidence()
        run.evidence?.modelFile = Self.file(missing: 12)
        #expect(!run.cause(OutputReading()).contains("shorter"))
        #expect(!run.nextStep().advice.contains("shorter"))
    }

    @Test func aWholeFileIsNoCause() {
        var run = FailedRun(.modelLoadFailed)
        run.message = "no"
        run.evidence = FailureEvidence()
        run.evidence?.modelFile = Self.file()
        #expect(run.cause(OutputReading()) == "no")
    }
}
