import Foundation
import Operation
import Vocabulary
import World

/// The notes of a state directory, each in a file of its own: `notes/n1.json`.
package struct NoteShelf {
    private enum Limits {
        static let textSizeMax = 64_000
        static let tagCountMax = 16
        static let tagSizeMax = 64
        static let pictureSizeMax = 1 << 20
    }

    private let folder: String
    private let disk: any Disk

    package init(in state: String, disk: any Disk) {
        (folder, self.disk) = (state + "/notes", disk)
    }

    /// Oldest first. Throws an `ActRefusal` that names a file that is no note.
    package func all() throws -> [OperatorNote] {
        try numbers().map { number in
            let path = path(of: number)
            do {
                return try JSON.decode(OperatorNote.self, from: Data(try disk.read(path)))
            } catch let fault as DecodingError {
                throw ActRefusal("\(path): expected a note in JSON: \(fault)")
            }
        }
    }

    /// The note that an order asks for, under the next free name. Throws an `ActRefusal` that says
    /// what is too long.
    func draft(
        _ order: NoteOrder, _ text: String, about models: [ModelName], by user: String,
        at now: Instant
    ) throws -> OperatorNote {
        guard text.utf8.count <= Limits.textSizeMax else {
            throw ActRefusal("a note: expected at most \(Limits.textSizeMax) bytes")
        }
        let isTag = { (tag: String) in
            !tag.isEmpty && tag.utf8.count <= Limits.tagSizeMax
                && !tag.contains { $0.isWhitespace || $0 == "," }
        }
        var order = order
        let own = text.split(whereSeparator: \.isWhitespace).filter { $0.hasPrefix("#") }
            .map { $0.dropFirst().prefix { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" } }
        for tag in own where !tag.isEmpty && !order.tags.contains(String(tag)) {
            order.tags.append(String(tag))
        }
        guard order.tags.count <= Limits.tagCountMax, order.tags.allSatisfy(isTag) else {
            throw ActRefusal(
                "tags: expected at most \(Limits.tagCountMax) words of at most "
                    + "\(Limits.tagSizeMax) bytes, without blanks and commas")
        }
        guard (order.picture ?? "").utf8.count <= Limits.pictureSizeMax else {
            throw ActRefusal("picture: expected at most \(Limits.pictureSizeMax) bytes")
        }
        let number = (try numbers().last ?? 0) + 1
        return OperatorNote(
            id: "n\(number)", at: now, by: user, models: models, text: text, order)
    }

    func keep(_ note: OperatorNote) throws {
        try disk.makeFolder(folder)
        try disk.replace("\(folder)/\(note.id).json", with: Array(try JSON.encode(note)))
    }

    private func path(of number: Int) -> String { "\(folder)/n\(number).json" }

    /// None before the first was kept.
    private func numbers() throws -> [Int] {
        guard try disk.exists(folder) else { return [] }
        return try disk.names(in: folder).compactMap { name in
            guard name.hasPrefix("n"), name.hasSuffix(".json") else { return nil }
            return Int(name.dropFirst().dropLast(5))
        }.sorted()
    }
}

extension Acts {
    /// A note is kept under a name of its own, and the journal has its words.
    static func write(
        _ request: ActRequest, _ order: NoteOrder, _ models: [ModelHost], _ state: StateFolder
    ) throws -> ActOutcome {
        let shelf = NoteShelf(in: state.path, disk: state.world.disk)
        var order = order
        if let idea = order.idea { order.idea = try proven(idea, try shelf.all(), models) }
        let note = try shelf.draft(
            order, request.reason, about: models.map(\.name), by: request.actor.user,
            at: state.world.clock.now())
        var text = note.id + (note.tags.isEmpty ? "" : ", " + note.tags.joined(separator: ", "))
        if note.picture != nil { text += ", with a screen" }
        if let idea = note.idea {
            let result = idea.result ?? ""
            text += idea.closes.map { ", closes the idea \($0): \(result)" } ?? ", an idea"
        }
        let effects = models.map { model in
            ActEffect(model: model.name, act: "note", changed: true, text: text)
        }
        if request.isDryRun { return .wouldDo(effects) }
        try journal(effects, request, state)
        try shelf.keep(note)
        return .done(effects)
    }
}

extension Acts {
    /// A step of an idea with what its launch came to. Throws an `ActRefusal` where an idea is to
    /// be closed that is none, or without a launch that tried it and is over.
    fileprivate static func proven(
        _ step: IdeaStep, _ notes: [OperatorNote], _ models: [ModelHost]
    ) throws -> IdeaStep {
        guard let id = step.closes else { return IdeaStep() }
        guard let idea = Idea.all(in: notes).first(where: { $0.opened.id == id }) else {
            throw ActRefusal("there is no idea \(id)")
        }
        if let closed = idea.closed { throw ActRefusal("\(id) was closed by \(closed.id)") }
        guard let launch = step.launch else {
            throw ActRefusal("an idea is closed by evidence: by the launch that tried it")
        }
        guard
            let tried = models.lazy.flatMap(\.launchBook.entries).first(where: { $0.id == launch })
        else { throw ActRefusal("there is no launch \(launch) of this model") }
        guard let end = tried.end else { throw ActRefusal("\(launch) is not over yet") }
        return IdeaStep(closes: id, launch: launch, result: end.text)
    }
}

extension StateReading {
    /// Oldest first.
    package func notes() throws -> [OperatorNote] { try NoteShelf(in: path, disk: disk).all() }
}
