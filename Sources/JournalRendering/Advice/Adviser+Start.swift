import JournalReports
import LifecycleJournal
import ModelLifecycle

/// Advice for programs that cannot run at all.
extension Adviser {
    /// A program for another processor, or for another kind of machine.
    var wrongProcessor: NextStep? {
        guard run.signal == 4 else { return nil }
        return NextStep(
            "the program uses instructions that this processor lacks: use a build for it",
            "grep -m1 flags /proc/cpuinfo")
    }

    /// What the system said about a program that it did not start.
    var unstartable: NextStep? {
        guard let message = run.message, let program = recorded?.server?.words.first else { return nil }
        if message.contains(/(?i)noexec/) {
            return NextStep(
                "its file system is mounted with noexec: put the program on another one, or remount it",
                command("findmnt", "-T", program))
        }
        if message.contains("something else answers"), let port = recorded?.server?.probedPort {
            return NextStep(
                "port \(port) is held by another process: stop it, or give the server another port",
                Self.listeners(port))
        }
        if message.contains(
            /(?i)this machine is|another (?:processor|machine|system|architecture)|exec format|not for this/)
        {
            return NextStep("the program is not for this machine: see what it is for", command("file", program))
        }
        if message.contains(/(?i)interpreter|dynamic loader|first line/) {
            return NextStep(
                "what the program needs to run is missing: see what it names",
                message.contains("loader") ? command("file", program) : command("head", "-n1", program))
        }
        if message.contains(/(?i)permission denied|not executable|may not execute|may not search/) {
            return NextStep("the program may not be executed: see its mode", command("ls", "-l", program))
        }
        if message.contains(/(?i)no such file|not found|there is no program/) {
            return program.contains("/")
                ? NextStep("there is no such program: is the path right?", command("ls", "-l", program))
                : NextStep(
                    "there is no such program in PATH: install it, or give its path", command("command", "-v", program))
        }
        return nil
    }
}
