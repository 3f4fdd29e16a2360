import Numerics
import Serving
import Testing
import Vocabulary

@Suite("What was predicted is remembered")
struct ServedMemoryTests {
    @Test("An answer is given back once, with its checkpoint")
    func once() throws {
        let name = try #require(ModelName("shop"))
        let memory = ServedMemory()
        #expect(memory.isEmpty)
        memory.note(id: 77, checkpoint: CheckpointID(model: name, number: 12), probability: 0.25)
        #expect(!memory.isEmpty)
        #expect(memory.take(id: 78) == nil)
        let answer = try #require(memory.take(id: 77))
        #expect(answer.checkpoint == 12)
        #expect(answer.probability == 0.25)
        #expect(memory.take(id: 77) == nil)
    }

    @Test("Nothing is ever given back for another id, and most of the newest are there")
    func many() throws {
        let name = try #require(ModelName("shop"))
        let memory = ServedMemory()
        var random = SeededRandom(key: 5)
        let ids = (0..<100_000).map { _ in random.next() }
        for (number, id) in ids.enumerated() {
            memory.note(
                id: id, checkpoint: CheckpointID(model: name, number: number % 900 + 1),
                probability: 0.5)
        }
        var found = 0
        for (number, id) in ids.enumerated() {
            guard let answer = memory.take(id: id) else { continue }
            #expect(answer.checkpoint == number % 900 + 1)
            found += 1
        }
        #expect(found > 75_000)
    }
}
