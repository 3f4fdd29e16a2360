import Console
import Foundation
import Testing

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

    private static func unescaped(_ text: Substring) -> String {
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")].reduce(String(text)) {
            $0.replacing($1.0, with: $1.1)
        }
    }

    @Test("SVG holds the text of every cell, escaped, in elements that are closed")
    func svg() throws {
        for canvas in [Self.canvas, Desk(160, 50, snapshot: Sample.snapshot()).canvas] {
            let svg = canvas.svg(in: Self.theme, title: "<a> & \"b\"")
            let texts = svg.matches(
                of: try Regex("<text[^<>]*>([^<>]*)</text>", as: (Substring, Substring).self)
            )
            .map { Self.unescaped($0.output.1) }
            #expect(
                texts.joined().filter { $0 != " " }
                    == canvas.text.filter { $0 != " " && $0 != "\n" })
            #expect(svg.contains("<title>&lt;a&gt; &amp; &quot;b&quot;</title>"))
            let opened = svg.matches(of: try Regex("<[a-z]+[^<>]*[^/]>|<[a-z]>")).count
            let closed = svg.matches(of: try Regex("</[a-z]+>")).count
            #expect(opened == closed)
            let bare = svg.replacing(try Regex("&(lt|gt|quot|amp);"), with: "")
            #expect(!bare.contains("&"))
        }
        let svg = Self.canvas.svg(in: Self.theme, title: "t")
        #expect(svg.contains("fill=\"#c80000\"") && svg.contains("fill=\"#e5e5e5\""))
    }
}
