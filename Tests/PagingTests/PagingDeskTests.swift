import Foundation
import Operation
import Paging
import TestKit
import Testing
import Vocabulary

@Suite("Alarms on their way to people")
struct PagingDeskTests {
    @Test("Who is on call is told, then the next step, again and again until somebody answers")
    func escalates() {
        var bench = PagingBench()
        bench.open = [PagingBench.alarm("fallback_too_long")]
        bench.look()
        #expect(bench.news() == ["raised pager 1"])
        bench.pass(.minutes(14))
        #expect(bench.news().isEmpty)
        bench.pass(.minutes(1))
        #expect(bench.news() == ["escalated phone 2"])
        bench.pass(.minutes(30))
        #expect(bench.news() == ["escalated phone 2", "escalated phone 2"])
        bench.acknowledge()
        bench.pass(.hours(3))
        #expect(bench.news().isEmpty)
        bench.open = []
        bench.pass(.minutes(4))
        // Whoever was told of it is told that it is over.
        #expect(bench.news() == ["resolved pager 2", "resolved phone 2"])
        #expect(bench.entries.map(\.act) == ["escalate", "escalate", "escalate"])
    }

    @Test("An acknowledgement runs out, and the alarm comes back to the first step")
    func expires() {
        var bench = PagingBench()
        bench.open = [PagingBench.alarm("fallback_too_long")]
        bench.pass(.minutes(20))
        bench.acknowledge()
        _ = bench.news()
        bench.pass(.hours(4))
        #expect(bench.news() == ["returned pager 1"])
        bench.pass(.minutes(15))
        #expect(bench.news() == ["escalated phone 2"])
    }

    @Test("Only what is open can be acknowledged, one by its id or all")
    func acknowledges() {
        var bench = PagingBench()
        guard case .refused = bench.acknowledge() else {
            Issue.record("nothing was open")
            return
        }
        bench.open = [PagingBench.alarm("volume_low"), PagingBench.alarm("unit")]
        bench.look()
        guard case .refused = bench.acknowledge("shop-other") else {
            Issue.record("there is no such alarm")
            return
        }
        bench.acknowledge("shop-unit-1")
        let states = bench.open.map { bench.desk.state(of: $0, in: PagingBench.shop) }
        #expect(states[0]?.acknowledgement == nil && states[0]?.deadline != nil)
        #expect(states[1]?.acknowledgement?.by == "dana" && states[1]?.deadline == nil)
    }

    @Test("A restart, or an alarm that flaps, tells nobody twice; one that comes back later does")
    func flaps() {
        var bench = PagingBench()
        bench.open = [PagingBench.alarm("volume_low")]
        bench.look()
        _ = bench.news()
        for round in 2..<6 {
            bench.open = []
            bench.pass(.minutes(1))
            // Raised anew, it has another id and is the same alarm.
            bench.open = [PagingBench.alarm("volume_low", id: "\(round)")]
            bench.pass(.minutes(1))
        }
        #expect(bench.news().isEmpty)
        bench.open = []
        bench.pass(.minutes(5))
        #expect(bench.news() == ["resolved pager 1"])
        bench.open = [PagingBench.alarm("volume_low", id: "9")]
        bench.look()
        #expect(bench.news() == ["raised pager 1"])
    }

    @Test("A silence hides what matches, is announced before its end, and what lasts is told then")
    func silences() {
        var bench = PagingBench()
        bench.silence(AlarmMatch(model: PagingBench.shop, name: "volume_low"), for: .hours(2))
        bench.open = [PagingBench.alarm("volume_low"), PagingBench.alarm("unit")]
        bench.look()
        #expect(bench.news() == ["raised pager 1"])
        #expect(
            bench.desk.state(of: bench.open[0], in: PagingBench.shop)?.hiddenBy == "silence s1")
        bench.acknowledge("shop-unit-1")
        bench.pass(.minutes(104))
        #expect(bench.news().isEmpty)
        bench.pass(.minutes(1))
        #expect(bench.news() == ["silence_ends pager 1"])
        bench.pass(.minutes(15))
        #expect(bench.told.last?.note == "it was hidden by silence s1")
        #expect(bench.news() == ["raised pager 1"])
        #expect(bench.entries.contains { $0.act == "unsilence" })
    }

    @Test("A silence of more than a day, of everything or of the red button is refused")
    func refuses() {
        var bench = PagingBench()
        let shop = AlarmMatch(model: PagingBench.shop)
        let refused = [
            bench.silence(shop, for: .hours(24) + .seconds(1)),
            bench.silence(shop, for: .zero), bench.silence(AlarmMatch(), for: .hours(1)),
            bench.silence(AlarmMatch(name: "training_stopped"), for: .hours(1)),
            bench.silence(AlarmMatch(name: "engine_silent"), for: .hours(1)),
        ]
        for answer in refused {
            guard case .refused = answer else {
                Issue.record("\(answer)")
                continue
            }
        }
        // One of the whole model does not cover it either.
        bench.silence(shop, for: .hours(1))
        bench.open = [PagingBench.alarm("training_stopped"), PagingBench.alarm("volume_low")]
        bench.look()
        #expect(bench.told.map(\.alarm.name) == ["training_stopped"])
    }

    @Test("A silence that hides nothing for six hours ends by itself")
    func idles() {
        var bench = PagingBench()
        bench.silence(AlarmMatch(name: "volume_low"), for: .hours(20))
        bench.pass(.hours(5))
        #expect(bench.desk.silences.count == 1)
        bench.pass(.hours(1))
        #expect(bench.desk.silences.isEmpty)
    }

    @Test("A stopped trainer keeps reminding, though somebody has it")
    func reminds() {
        var bench = PagingBench()
        bench.policy.acknowledgementLasts = .hours(100)
        bench.open = [PagingBench.alarm("training_stopped")]
        bench.look()
        bench.acknowledge()
        _ = bench.news()
        bench.pass(.hours(12))
        #expect(bench.news() == ["reminder pager 1", "reminder pager 1", "reminder pager 1"])
    }

    @Test("A cause hides what follows from it, and what outlasts it is told")
    func inhibits() {
        var bench = PagingBench()
        bench.open = ["model_stale", "training_stopped"].map { PagingBench.alarm($0) }
        bench.look()
        #expect(bench.told.map(\.alarm.name) == ["training_stopped"])
        bench.open.removeLast()
        bench.told = []
        bench.pass(.minutes(3))
        #expect(
            Set(bench.told.map { "\($0.kind.rawValue) \($0.alarm.name)" }) == [
                "resolved training_stopped", "raised model_stale",
            ])
    }

    @Test("Producers hear of what comes in, consumers of what goes out, once each")
    func audiences() {
        var bench = PagingBench()
        for audience in [Receiver.Audience.upstream, .downstream] {
            var receiver = Receiver(kind: .program(path: "/bin/true"))
            receiver.audience = audience
            bench.policy.receivers[audience.rawValue] = receiver
        }
        bench.open = [PagingBench.alarm("feature_missing"), PagingBench.alarm("fallback_serves")]
        bench.pass(.hours(2))
        bench.open = []
        bench.pass(.minutes(5))
        let heard = bench.told.filter { $0.step == 0 }
            .map { "\($0.receiver) \($0.kind.rawValue) \($0.alarm.name)" }
        #expect(
            heard == [
                "upstream raised feature_missing", "downstream raised fallback_serves",
                "upstream resolved feature_missing", "downstream resolved fallback_serves",
            ])
    }

    @Test("What a receiver does not take goes to the next step at once, and only once")
    func undelivered() {
        var bench = PagingBench()
        bench.open = [PagingBench.alarm("volume_low")]
        bench.look()
        let key = AlarmLife.key(bench.open[0], of: PagingBench.shop)
        var all: [AlarmNotification] = []
        for _ in 0..<3 {
            all +=
                bench.desk.escalate(
                    key, undelivered: "pager", at: bench.now, policy: bench.policy,
                    clock: PagingBench.clock
                ).notifications
        }
        #expect(all.map(\.receiver) == ["phone"])
        #expect(all.first?.note == "receiver pager does not take it")
    }

    @Test(
        "A deadline that passes while the engine is down is told once, and late", arguments: 0..<3)
    func outlives(restarts: Int) throws {
        var bench = PagingBench()
        bench.open = [PagingBench.alarm("fallback_too_long")]
        bench.look()
        _ = bench.news()
        bench.now = bench.now + .hours(3)
        bench.look()
        for _ in 0..<restarts {
            bench.desk = try Self.restarted(bench.desk)
            bench.look()
        }
        #expect(bench.news() == ["escalated phone 2"])
    }

    @Test("Whatever happens, with restarts in between the same is told", arguments: 0..<40)
    func survivesRestarts(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        var (plain, restarted) = (PagingBench(), PagingBench())
        let names = ["volume_low", "model_stale", "training_stopped", "feature_missing"]
        for step in 0..<400 {
            let choice = random.below(12)
            let name = names[random.below(names.count)]
            let minutes = random.below(40)
            func act(on bench: inout PagingBench) {
                switch choice {
                case 0: bench.open.removeAll { $0.name == name }
                case 1 where !bench.open.contains { $0.name == name }:
                    bench.open.append(PagingBench.alarm(name, id: "\(step)", .warning))
                case 2: bench.acknowledge()
                case 3:
                    bench.silence(
                        AlarmMatch(model: PagingBench.shop, name: name),
                        for: .minutes(1 + minutes))
                default: break
                }
                bench.now = bench.now + .minutes(minutes)
                bench.look()
            }
            act(on: &plain)
            restarted.desk = try Self.restarted(restarted.desk)
            act(on: &restarted)
        }
        #expect(plain.told == restarted.told && plain.entries == restarted.entries)
        #expect(Set(plain.told.map(\.id)).count == plain.told.count)
        var isOpen: Set<String> = []
        for message in plain.told where message.step > 0 {
            let key = "\(message.alarm.name) \(message.raised)"
            switch message.kind {
            case .raised: #expect(isOpen.insert(key).inserted)
            case .resolved: #expect(isOpen.contains(key))
            case .escalated, .returned, .reminder: break
            case .silenceEnds: break
            }
        }
    }

    private static func restarted(_ desk: PagingDesk) throws -> PagingDesk {
        try JSONDecoder().decode(PagingDesk.self, from: JSONEncoder().encode(desk))
    }
}
