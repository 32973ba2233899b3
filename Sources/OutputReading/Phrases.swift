/// What the servers of the field say, by what it means for the search for a cause. The phrases are facts about
/// their logs; where a phrase needs more than words, the code that reads it says why.
enum Phrases {
    /// An attempt that failed. What follows decides whether the reason is said: `failed to open model.bin` is one,
    /// `failed to load model` is not.
    static let failedTo = PhraseTable(
        """
        failed to, could not, couldn't, cannot, can not, can't, unable to, failure to
        """)

    /// What fails as a consequence of something else.
    static let broadAttempts: Set<String> = [
        "load", "initialize", "initialise", "init", "start", "launch", "boot", "setup", "deploy", "run", "build",
        "create", "continue", "proceed", "instantiate", "construct", "recover", "serve",
    ]

    /// The same after "be": `Engine could not be created`.
    static let broadResults: Set<String> = [
        "loaded", "initialized", "initialised", "started", "launched", "created", "built", "deployed", "constructed",
    ]

    /// The same after "error": `Error starting ApplicationContext`.
    static let broadBeginnings: Set<String> = [
        "loading", "initializing", "initialising", "setting", "starting", "launching", "booting",
    ]

    /// Errors that are no logger's: the words themselves say that something went wrong, and what.
    static let reasons = PhraseTable(
        """
        no such file or directory, no space left on device, permission denied, already in use
        out of memory, bad_alloc, not enough memory, insufficient memory, cannot allocate memory
        sigsegv * at pc, sigbus * at pc, sigill * at pc, sigsegv received, sigabrt received, sigbus received, sigill received, sigfpe received, received sigsegv, received by pid
        caught sigsegv, signal 11, assertion failed, assertion * failed, failed assertion, check failed, ggml_assert, ggml_abort
        illegal instruction, segmentation fault, bus error, floating point exception, stack overflow
        double free, stack smashing detected, buffer overflow detected, corrupted size vs, invalid pointer
        cuda error, hip error, hiperrornobinaryforgpu, rocblas error, cublas error, cudnn error, nccl error
        no kernel image, memory access fault, mtllibrary error, command buffer * failed, invalid device function
        erroroutofdevicememory, erroroutofhostmemory, errordevicelost, vk_error_out_of_device_memory, vk_error_device_lost
        memory allocation of * bytes failed, memory allocation of size * failed
        undefined symbol, symbol lookup error, shared object file, library not loaded, symbol not found
        exec format error, fatal error, unhandled exception, uncaught exception, fatal python error
        error loading, error while, error reading, error opening, error parsing, error creating, error initializing
        error compiling, error allocating, error fetching, error downloading, error decoding, error writing
        error connecting, error executing, error importing, error running, error deserializing, error occurred, error building, error starting
        401 client error, 403 client error, 404 client error, 500 server error, 503 server error
        401 unauthorized, 403 forbidden, 404 not found, too many open files, invalid model data, unknown model architecture
        terminate called, terminating due to, terminating with, terminating because
        bad option, unknown option, unrecognized option, unrecognised option, invalid option, no such option
        unrecognized arguments, unrecognized argument, unknown argument, unexpected argument, missing option
        missing argument, flag provided but not defined, flag needs an argument, unknown flag, unknown shorthand flag
        unknown command, command not found, no module named, not found required by, cannot import name
        failed with, failed because, failed on, validation error for, validation errors for
        is not within the file bounds, data is not within, connection refused, name or service not known
        temporary failure in name resolution, certificate verify failed, read only file system, disk quota exceeded
        """)

    /// Those of the reasons that say nothing at the end of a message.
    static let emptyReasons = PhraseTable("fatal error, unhandled exception, uncaught exception, error occurred")

    /// What is said where the reason is said somewhere else: earlier, or by another process.
    static let echoes = PhraseTable(
        """
        failed to start, startup failed, start up failed, did not start, didn't start, not started, failed during startup
        worker died, worker failed, workers failed, worker * failed, worker exited, worker * exited, worker * died
        worker * was terminated, worker * terminated, workers exited, worker processes failed, worker process failed
        worker failed to boot, worker * failed to boot, worker lost, failed to boot
        process died, process exited, process * exited, process * died, process terminated, process * terminated
        process has exited, process failed, child process, subprocess failed, processes died
        exiting due to, exit code, exit status, exit value, exited with, exitcode, return code, returned non zero
        ended with status, exited unexpectedly, ended unexpectedly, stopped unexpectedly, died unexpectedly
        see root cause, root cause above, see above, see the log, see the logs, see log, see logs, check the log
        check the logs, check logs, further up, for details, for more details, for more information see
        initialization failed, initialisation failed, engine is dead, enginedeaderror, enginecore encountered
        halted with signal, terminated by signal, killed by signal, terminated abruptly, received signal
        aborting, aborted, giving up, gave up, shutting down, exiting, terminating, quitting, setup failed
        deployment failed, failed to deploy, deploying app, failed deployment, unrecoverable, retrying, retry in
        exception in thread, backend worker, exception in replica, error occurred during, worker process crashed
        worker crashed, fatal exception has occurred, program will exit, failed to update the deployments
        error in setup, initializing service error, app failed to load, will be unloaded, will be stopped
        load model failed, model load failed, model loading failed, model loading error
        error in recognizer config, errors in config, error in config, errors in recognizer config
        unhandled errors in, multiple exceptions, actor died, task failed, rpc failed, poisonerror
        connection reset by peer, broken pipe, connection lost, client disconnected, connection closed
        job failed, occurred while loading main class, following operation failed, exception was never retrieved
        """)

    /// Those of the echoes that tell of the end of a process which could not speak for itself any more.
    static let deaths = PhraseTable(
        """
        died unexpectedly, exited unexpectedly, ended unexpectedly, stopped unexpectedly, terminated abruptly
        terminated by signal, killed by signal, halted with signal
        """)

    /// Those of the echoes that only tell where to read on: what is before them may be a reason.
    static let pointers = PhraseTable(
        """
        see root cause, root cause above, see above, see the log, see the logs, see log, see logs, check the log
        check the logs, check logs, further up, for details, for more details, for more information see
        """)

    /// One request failed; the server is still there to say so.
    static let requests = PhraseTable(
        """
        processing the request, processing request, handling request, handling the request, while serving request
        exception in asgi application, exception on, prediction failed
        inference request, error in request, request error, exception in callback
        """)

    /// Exceptions of these classes in a request are mostly the client's.
    static let exceptionsOfRequests: Set<String> = [
        "KeyError", "ValueError", "TypeError", "IndexError", "AttributeError", "ValidationError", "JSONDecodeError",
        "UnicodeDecodeError", "RequestValidationError", "HTTPException", "BadRequest", "InferenceError",
    ]

    /// What supervisors, shells and build tools say after a program has ended: no more than that it has.
    static let supervisors = PhraseTable(
        """
        main process exited, failed with result, scheduled restart job, command failed with exit code, makefile
        aborted core dumped, lifecycle script * failed, command terminated with exit code, consumed * cpu time
        """)

    /// The server said itself that it can do without.
    static let harmless = PhraseTable(
        """
        going on without, continuing without, continue without, continuing anyway, proceeding without, carrying on
        exporting traces, export traces, exporting metrics, export metrics, exporting spans, export spans
        exporting logs, export logs, will fail if, may fail, might fail, could fail, may not work, may crash
        generating new, generating a new, creating a new, creating new, will be created, will be generated
        falling back, fall back, fallback, will be ignored, ignoring, ignored, can be ignored, be safely ignored
        skipping, skipped, using default, using the default, using defaults, optional library, optional dependency
        optional module, optional package, optional plugin, optional feature, optional component, not fatal, non fatal, nonfatal
        harmless, not critical, feature disabled, will be disabled, disabling, gpu will not be used
        failed to initialize cuda, load_backend failed, running without, works without, not required, using cpu instead, using cpu, will use cpu
        """)

    /// Without a level, these say why only beside a line that speaks of an error: alone they are ordinary words.
    static let hints = PhraseTable(
        """
        invalid, unsupported, not supported, corrupt, corrupted, truncated, mismatch, mismatched
        does not match, do not match, doesn't match, not found, does not exist, doesn't exist, do not exist
        missing, not a valid, is not a, bad magic, too small, too large, too short, too old, too new, too big, too long
        unexpected, malformed, exceeds, exceeded, not enough, insufficient, denied, refused, timed out, expired
        unrecognized, unrecognised, incompatible, illegal, unauthorized, forbidden, not allowed, broken, damaged
        did you forget, did you mean, not set, unknown, please provide, please specify, please set, please use, please give, please check, must be, must have
        must not, should be, should have, not readable, is empty, already in use, no such, wrong, out of range
        not implemented, not available, unavailable, unreachable, expected, differs, inconsistent, overflow
        """)

    /// Signs that a server works, which part an earlier error from a later one.
    static let recoveries = PhraseTable(
        """
        startup complete, listening on, listening at, running on, is ready, ready to, now ready, loaded successfully
        successfully, model loaded, loaded model, started server, reconnected, recovered, resumed, warmed up, is up
        serving on, serving at, healthy, all systems go, service started, server started, server is listening
        """)

    /// How servers take their leave. Only at the beginning of a message: "the lease ran out, shutting down" says why.
    static let farewells = PhraseTable(
        """
        shutting down, shutdown, finished server process, waiting for application shutdown
        application shutdown complete, application shutdown, waiting for background tasks, waiting for connections
        stopping, stopped, bye, goodbye, good bye, exiting, exit, exited, terminating, terminated, cleaning up, cleanup
        cleaned up, closing, closed, ending all, ending, leaving, graceful shutdown, gracefully, unloading, unloaded, released
        releasing, freeing, destroying, destroyed, destructor, parent process, worker exiting, press ctrl, quitting, done
        waiting for models to, waiting for * to end, waiting for * to finish, waiting for * to exit, waiting for in flight
        killing, killed, sending sigterm, sending signal, see you, have a nice day, interrupted, keyboardinterrupt
        server stopped, server has stopped, server shut down, server shutdown, process finished, tearing down
        aborted, abort, core dumped, this worker, node js v18, node js v20, node js v22, finished
        """)

    /// Known lines of starts that go well; each says error or failed and means nothing.
    static let known = PhraseTable(
        """
        nvml, cudadriverhelper, could not load dynamic library, cudart_stub, tf trt warning, cuinit
        register cudnn factory, register cublas factory, register cufft factory
        computation placer already registered, could not find cuda drivers, pthread_setaffinity_np
        a matching triton is not available, errors in cpuinfo, error in cpuinfo, no value for term
        task was destroyed but it is pending, task task pending, cancel * running task, kill * no such process, supervisor is running as root, module that was compiled using numpy
        nvidia smi, inappropriate ioctl, slf4j, illegal reflective access, setting locale failed, cannot change locale, apport, debuginfod
        leaked instance, leaked type, leaked function, nanobind leaked, nanobind this is likely caused by, skipped remainder
        """)

    /// Exceptions that servers without a GPU log and go on.
    static let knownExceptions = PhraseTable(
        "no module named 'pynvml, no module named pynvml, _array_api not found, nvmlerror_librarynotfound")

    /// What a probe that only connects, or speaks no HTTP of the server's kind, makes a server say.
    static let probes = PhraseTable(
        """
        invalid http request received, opening handshake failed, did not receive a valid http request
        handle_read_http_request, handle_read_handshake, handle_accept error, handle_read_frame error, handshake failed, handshake error
        bad request version, bad http request, stream ends after 0 bytes, invalid upgrade header
        unexpected http/1.x request, unexpected http 1.x request, invalid connection header, missing upgrade header, invalidmessage, no close frame received
        """)
}
