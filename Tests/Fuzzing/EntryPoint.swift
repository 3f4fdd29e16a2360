/// What libFuzzer calls with every input; see `run`.
@_cdecl("LLVMFuzzerTestOneInput")
func checkInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    var check = StreamCheck(Array(UnsafeBufferPointer(start: bytes, count: count)))
    do {
        if let fault = try check.fault() { preconditionFailure(fault) }
    } catch {
        preconditionFailure("\(error)")
    }
    return 0
}
