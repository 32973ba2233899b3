import Testing

@testable import LifecycleJournal

/// Which line of a server's output a cause quotes.
@Suite struct LastWordsTests {
    @Test(arguments: [
        ("loading\nlistening\n", "its last words: “listening”"),
        ("loading\n\n   \n", "its last words: “loading”"),
        ("error: no such file\n", "its last error: “error: no such file”"),
        // MLServer, which ends with status 0 and a goodbye.
        (
            """
            [mlserver] ERROR - Some of the models failed to load during startup!
            Traceback (most recent call last):
                ~~~~~~~~^^^^^^^^^^^^^^^^
            KeyError: 110
            [mlserver.grpc] INFO - gRPC server shutdown complete
            """, "its last error: “KeyError: 110”"
        ),
        (
            "Traceback (most recent call last):\n  File \"x.py\"\nmlserver.errors.InvalidModelURI: Invalid URI\nbye",
            "its last error: “mlserver.errors.InvalidModelURI: Invalid URI”"
        ),
        ("ggml_cuda: CRITICAL out of memory\nbye", "its last error: “ggml_cuda: CRITICAL out of memory”"),
        ("  thread 'main' panicked\n  fatal: no device\nbye", "its last error: “fatal: no device”"),
        // The same server where it tidies up slowly: what was ended then is no reason.
        (
            """
            Traceback (most recent call last):
              File "numpy_pickle.py", line 632, in _unpickle
            KeyError: 110
            INFO:     Shutting down
            ERROR:    Traceback (most recent call last):
              File "routing.py", line 699, in lifespan
                await getter
            asyncio.exceptions.CancelledError

            """, "its last error: “KeyError: 110”"
        ),
        (
            "fatal: no device\nTraceback (most recent call last):\n  File \"x.py\"\nKeyboardInterrupt",
            "its last error: “fatal: no device”"
        ),
        // Cut off before its end.
        (
            "[mlserver] ERROR - failed\nTraceback (most recent call last):\n  File \"x",
            "its last error: “[mlserver] ERROR - failed”"
        ),
        // A mirror of the word is no error.
        ("0 errors, terrors and mirrors\ndone", "its last words: “done”"),
    ])
    func theLineThatTellsMost(output: String, words: String) { #expect(FailureCause.lastWords(output) == words) }

    @Test func nothingSaidIsNothingQuoted() {
        #expect(FailureCause.lastWords(nil) == nil)
        #expect(FailureCause.lastWords(" \n\n") == nil)
    }
}
