# A formula for Homebrew, to be kept in a tap; OWNER is whoever publishes the repository. It builds the tag that `url` names; `brew install --HEAD` what is on main.
class Modeljournal < Formula
  desc "Flight recorder for the start-up of speech and other ML models"
  homepage "https://github.com/OWNER/modeljournal"
  url "https://github.com/OWNER/modeljournal.git", tag: "v0.1.0"
  license "Apache-2.0"
  head "https://github.com/OWNER/modeljournal.git", branch: "main"

  # Swift 6.2
  depends_on xcode: ["26.0", :build]
  depends_on macos: :sequoia

  uses_from_macos "swift" => :build
  uses_from_macos "sqlite"

  def install
    # Homebrew builds in a sandbox of its own, and there is none within another one.
    args = %w[--disable-sandbox --configuration release --product modeljournal]
    args << "--static-swift-stdlib" if OS.linux?
    system "swift", "build", *args
    bin.install ".build/release/modeljournal"

    generate_completions_from_executable(bin/"modeljournal", "--generate-completion-script")

    (buildpath/"manual").mkpath
    system "tools/packaging/manual-pages", bin/"modeljournal", buildpath/"manual"
    man1.install Dir["manual/*.1"]
  end

  test do
    ENV["MODELJOURNAL_PATH"] = testpath/"journal.sqlite"
    assert_match version.to_s, shell_output("#{bin}/modeljournal --version") if build.stable?
    system bin/"modeljournal", "run", "--once", "--model", "sleeper", "--probe", "exec:true", "--warmup", "none",
           "--", "sleep", "60"
    assert_match "READY", shell_output("#{bin}/modeljournal history --model sleeper")
    system bin/"modeljournal", "verify"
    assert_path_exists man1/"modeljournal-run.1"
  end
end
