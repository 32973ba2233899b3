import Testing

@testable import ServerProvider

@Suite("Evidence schedule")
struct EvidenceScheduleTests {
    /// The ages at which notes are written if there is always something new.
    private func notes(until end: Duration) -> [Duration] {
        var schedule = EvidenceSchedule()
        var ages: [Duration] = []
        while schedule.nextAge <= end {
            ages.append(schedule.nextAge)
            schedule.noted(at: schedule.nextAge)
        }
        return ages
    }

    @Test func itBeginsAfterASecondAndThenGoesEachSecond() {
        #expect(notes(until: .seconds(7)) == (1...7).map { .seconds($0) })
    }

    @Test func aWeekHasAboutAHundredNotes() {
        #expect((80...120).contains(notes(until: .seconds(7 * 86_400)).count))
    }

    @Test func notesAreAnEighthOfTheAgeApart() {
        let ages = notes(until: .seconds(86_400))
        for (last, next) in zip(ages, ages.dropFirst()) {
            #expect(next - last >= max(.seconds(1), next / 8 - .microseconds(1)))
        }
    }

    @Test func aNoteOutOfTurnPutsTheNextOneOff() {
        var schedule = EvidenceSchedule()
        schedule.noted(at: .milliseconds(200))
        #expect(schedule.nextAge == .milliseconds(1200))
        schedule.noted(at: .seconds(80))
        #expect(schedule.nextAge == .seconds(80) * 8 / 7)
        // An earlier age changes nothing.
        schedule.noted(at: .seconds(1))
        #expect(schedule.nextAge == .seconds(80) * 8 / 7)
    }

    @Test func withoutNewsItLooksAgainSoonWhileYoungAndSeldomLater() {
        var schedule = EvidenceSchedule()
        #expect(schedule.pause(at: .zero) == .seconds(1))
        #expect(schedule.pause(at: .seconds(5)) == .seconds(1))
        #expect(schedule.pause(at: .seconds(640)) == .seconds(10))
        #expect(schedule.pause(at: .seconds(86_400)) == .seconds(30))
        schedule.noted(at: .seconds(700))
        #expect(schedule.pause(at: .seconds(700)) == .seconds(100))
    }
}
