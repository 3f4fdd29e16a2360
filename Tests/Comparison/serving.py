#!/usr/bin/env python3
"""Requests for predictions a CPU second: Spindle against a bare Hummingbird handler, and the
99th percentile while the shop trains as fast as it can against that of an idle engine.

Needs wrk (apt install wrk) and a release build. Builds the handler once, which takes minutes:

    python3 Tests/Comparison/serving.py [SECONDS]
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SPINDLE = ROOT + "/.build/release/spindle"
HANDLER = ROOT + "/.build/bare-handler"
SECONDS = int(sys.argv[1]) if len(sys.argv) > 1 else 10

PACKAGE = """// swift-tools-version: 6.0
import PackageDescription

// A bare handler to compare Spindle's serving with. No part of the product: Hummingbird takes
// minutes to build.
let package = Package(
    name: "bare-handler",
    platforms: [.macOS(.v14)],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1")
    ],
    targets: [
        .executableTarget(
            name: "BareHandler",
            dependencies: [.product(name: "Hummingbird", package: "hummingbird")])
    ])
"""

SOURCE = """import Foundation
import Hummingbird

/// What a request for predictions carries.
struct Predict: Decodable {
    struct Instance: Decodable {
        var price: Double
        var query: String
    }

    var instances: [Instance]
}

/// What it is answered: as many bytes as Spindle answers.
struct Predictions: ResponseEncodable {
    var predictions: [Double]
    var ids: [String]
    var arms: [String]
    var checkpoint: String
}

/// Reads the instances and answers a constant: no features, no model, no log.
@main
struct BareHandler {
    static func main() async throws {
        let router = Router()
        router.post("/v1/models/shop:predict") { request, context in
            let body = try await request.decode(as: Predict.self, context: context)
            return Predictions(
                predictions: body.instances.map { _ in 0.0345678901234567 },
                ids: body.instances.map { _ in "qhoikdfg8ub-1" },
                arms: body.instances.map { _ in "B" }, checkpoint: "shop-000086")
        }
        let app = Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: 8511)))
        try await app.runService()
    }
}
"""

LUA = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"instances":[{"query":"brown wool","query_words":["brown","wool"],"product":"yarn-17","colour":"brown","fibre":"wool","price":12.5,"discount":0,"stock":31,"in_stock":true,"matches":["colour","fibre"],"hour":"09","weekday":"monday","region":"north","device":"phone","returning":true,"position":1,"@source":"shopper-12"}]}'
"""


def ticks(process):
    with open(f"/proc/{process.pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def answers(port):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/models/shop:predict",
        data=b'{"instances":[{"query":"x","price":1}]}',
        headers={"Content-Type": "application/json"})
    try:
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(request, timeout=1) as answer:
            return answer.read()
    except OSError:
        return b""


def drive(command, port, folder, is_ready):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.time() + 120
        while not is_ready(answers(port)):
            if time.time() > deadline or process.poll() is not None:
                sys.exit(f"{command[0]} does not answer on port {port}")
            time.sleep(0.2)
        before = ticks(process)
        out = subprocess.run(
            ["wrk", "-t1", "-c8", f"-d{SECONDS}", "--latency", "-s", folder + "/post.lua",
             f"http://127.0.0.1:{port}/v1/models/shop:predict"],
            capture_output=True, text=True, check=True).stdout
        spent = (ticks(process) - before) / os.sysconf("SC_CLK_TCK")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
    count = int(re.search(r"(\d+) requests in", out).group(1))
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", out)
    scale = {"us": 1e-3, "ms": 1, "s": 1e3}[p99.group(2)]
    errors = re.findall(r"(Non-2xx.*|Socket errors.*)", out)
    return {"a CPU second": count / spent, "p99 ms": float(p99.group(1)) * scale,
            "requests": count, "errors": errors}


def main():
    if not shutil.which("wrk"):
        sys.exit("wrk is needed: apt install wrk")
    os.makedirs(HANDLER + "/Sources/BareHandler", exist_ok=True)
    for name, text in [("Package.swift", PACKAGE), ("Sources/BareHandler/BareHandler.swift", SOURCE)]:
        with open(f"{HANDLER}/{name}", "w") as file:
            file.write(text)
    subprocess.run(["swift", "build", "-c", "release", "--package-path", HANDLER], check=True)
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/post.lua", "w") as file:
            file.write(LUA)
        served = lambda answer: b'"tiers":["model"]' in answer
        rows = []
        for name, speed in [("spindle, shop at its own pace", "1"), ("spindle, shop as fast as it can", "0")]:
            state = f"{folder}/state-{speed}"
            toml = f"""
[models.shop]
wait = "6h"
disorder = "0s"
remembered_ids = 4194304
[models.shop.gate]
loss_margin = 0.3
slice_margin = 0.6
calibration_ratio_max = 4
shift_max = 4
[models.shop.ramp]
shares = [0.2, 0.5, 1.0]
least_time = "2m"
least_samples = [120, 240, 360]
quiet_limit = "10m"
push_interval = "1m"
design_effect = 5
[serving]
listen = "127.0.0.1:8510"
[shop]
model = "shop"
speed = {speed}
warm_up = "36h"
"""
            with open(f"{folder}/{speed}.toml", "w") as file:
                file.write(toml)
            rows.append((name, drive(
                [SPINDLE, "run", "--state", state, "--config", f"{folder}/{speed}.toml"], 8510,
                folder, served)))
        rows.append(("bare Hummingbird handler", drive(
            [HANDLER + "/.build/release/BareHandler"], 8511, folder, bool)))
    for name, row in rows:
        print(f"{name:34} {row['a CPU second']:9.0f} a CPU second, p99 {row['p99 ms']:.2f} ms, "
              f"{row['requests']} requests, errors: {row['errors'] or 'none'}")
    print(f"of the bare handler's: {rows[0][1]['a CPU second'] / rows[2][1]['a CPU second']:.2f}; "
          f"p99 while training: {rows[1][1]['p99 ms'] / rows[0][1]['p99 ms']:.2f} times idle")


main()
