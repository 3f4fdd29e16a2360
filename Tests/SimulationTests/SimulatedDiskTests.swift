import Simulation
import Testing
import World

/// The simulated disk is held against what disks do.
@Suite("The simulated disk")
struct SimulatedDiskTests {
    private func write(_ text: String, _ file: any DiskFile, at offset: Int = 0) throws {
        try Array(text.utf8).withUnsafeBytes { try file.write($0, at: offset) }
    }

    private func text(_ disk: SimulatedDisk, _ path: String) -> String? {
        disk.content(path).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("What was synced, name and bytes, is there after a power failure")
    func keepsWhatWasSynced() throws {
        for seed in 1...50 as ClosedRange<UInt64> {
            let disk = SimulatedDisk(seed: seed)
            try disk.makeFolder("/a/b")
            let file = try disk.open("/a/b/c", .readWrite)
            try write("kept", file)
            try file.sync()
            try disk.syncFolder("/a/b")
            try write("lost?", file, at: 4)
            disk.cut(.powerLost)
            disk.start()
            #expect(text(disk, "/a/b/c")?.hasPrefix("kept") == true)
        }
    }

    @Test("What was not synced may be there, may be torn, may be gone")
    func losesWhatWasNot() throws {
        var found: Set<String> = []
        for seed in 1...200 as ClosedRange<UInt64> {
            let disk = SimulatedDisk(seed: seed)
            let file = try disk.open("/f", .readWrite)
            try write("abc", file)
            disk.cut(.powerLost)
            disk.start()
            found.insert(text(disk, "/f") ?? "gone")
        }
        #expect(found.isSuperset(of: ["gone", "", "a", "ab", "abc", "\0\0\0"]))
    }

    @Test("After a kill everything is as it was written")
    func keepsAfterAKill() throws {
        let disk = SimulatedDisk(seed: 1)
        let file = try disk.open("/f", .readWrite)
        try write("abc", file)
        disk.cut(.killed)
        #expect(throws: DiskFault.self) { try file.sync() }
        disk.start()
        #expect(text(disk, "/f") == "abc")
        #expect(throws: DiskFault.self) { try file.sync() }
    }

    @Test("A sync that failed is not made good by one that succeeds")
    func dropsWhatASyncCouldNotWrite() throws {
        var lostCount = 0
        for seed in 1...20 as ClosedRange<UInt64> {
            let disk = SimulatedDisk(seed: seed)
            let file = try disk.open("/f", .readWrite)
            try disk.syncFolder("/")
            try write("abc", file)
            disk.plan.failingCall = disk.callCount + 1
            #expect(throws: DiskFault.self) { try file.sync() }
            try file.sync()
            #expect(text(disk, "/f") == "abc")
            disk.cut(.powerLost)
            disk.start()
            if text(disk, "/f") != "abc" { lostCount += 1 }
        }
        #expect(lostCount > 5)
    }

    @Test("A replaced file is the old one or the new one, whatever call it is cut off at")
    func replacesAtOnce() throws {
        for call in 1...20 {
            for seed in 1...20 as ClosedRange<UInt64> {
                let disk = SimulatedDisk(seed: seed)
                try disk.replace("/f", with: Array("old".utf8))
                disk.plan.cut = (call: disk.callCount + call, how: .powerLost)
                var isDone = false
                do {
                    try disk.replace("/f", with: Array("new".utf8))
                    isDone = true
                } catch {}
                if disk.isUp { disk.cut(.powerLost) }
                disk.start()
                #expect(text(disk, "/f") == "new" || !isDone && text(disk, "/f") == "old")
            }
        }
    }

    @Test("A full disk takes a part, then nothing, and frees what is removed")
    func fills() throws {
        let disk = SimulatedDisk(seed: 1)
        let file = try disk.open("/f", .readWrite)
        disk.space = 2
        let fault = #expect(throws: DiskFault.self) { try write("abcd", file) }
        #expect(fault?.isNoSpace == true && text(disk, "/f") == "ab")
        try write("AB", file)
        try disk.remove("/f")
        #expect(disk.space == 2)
    }
}
