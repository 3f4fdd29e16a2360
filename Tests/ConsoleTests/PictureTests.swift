import Console
import Foundation
import Testing
#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite("Pictures of a screen")
struct PictureTests {
    private static let theme = Theme(name: "t", text: "") { role in
        var look = Theme.Look()
        switch role {
        case .critical: (look.foreground, look.background) = (.indexed(7), .mixed(200, 0, 0))
        case .selected: look.isReversed = true
        case .strong: look.isBold = true
        default: break
        }
        return look
    }

    private static var canvas: Canvas {
        var canvas = Canvas(size: ScreenSize(width: 30, height: 3), charset: .unicode)
        canvas.put("a <b> & \"c\" ▲", row: 0, column: 1, .critical)
        canvas.put("plain", row: 1, column: 0)
        canvas.put("chosen", row: 2, column: 24, .selected)
        return canvas
    }

    @Test("ANSI without its sequences is the screen, and every line ends as it began")
    func ansi() throws {
        for canvas in [Self.canvas, Desk(80, 24, snapshot: Sample.snapshot()).canvas] {
            let text = canvas.ansi(in: Self.theme)
            let bare = text.replacing(try Regex("\u{1B}\\[[0-9;]*m"), with: "")
            let lines = bare.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                String(line.reversed().drop { $0 == " " }.reversed())
            }
            #expect(lines.joined(separator: "\n") == canvas.text)
            for line in text.split(separator: "\n") {
                #expect(line.hasPrefix("\u{1B}[") && line.hasSuffix("\u{1B}[0m"))
            }
        }
        #expect(Self.canvas.ansi(in: Self.theme).contains("\u{1B}[0;37;48;2;200;0;0m"))
    }

    @Test("SVG is well-formed, and holds the text of every cell at its place")
    func svg() throws {
        for canvas in [Self.canvas, Desk(160, 50, snapshot: Sample.snapshot()).canvas] {
            let svg = canvas.svg(in: Self.theme, title: "<a> & \"b\"")
            let reader = PictureReader()
            let parser = XMLParser(data: Data(svg.utf8))
            parser.delegate = reader
            #expect(parser.parse(), "\(String(describing: parser.parserError))")
            #expect(reader.title == "<a> & \"b\"")
            let found = reader.texts.joined().filter { $0 != " " }
            #expect(found == canvas.text.filter { $0 != " " && $0 != "\n" })
        }
        let svg = Self.canvas.svg(in: Self.theme, title: "t")
        #expect(svg.contains("fill=\"#c80000\"") && svg.contains("fill=\"#e5e5e5\""))
    }
}

/// What a reader of a picture finds in it.
private final class PictureReader: NSObject, XMLParserDelegate {
    var title = ""
    var texts: [String] = []
    private var element = ""

    func parser(
        _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?,
        qualifiedName: String?, attributes: [String: String]
    ) {
        element = elementName
        if element == "text" { texts.append("") }
    }

    func parser(
        _ parser: XMLParser, didEndElement: String, namespaceURI: String?, qualifiedName: String?
    ) {
        element = ""
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
        if element == "title" { title += string }
        if element == "text" { texts[texts.count - 1] += string }
    }
}
