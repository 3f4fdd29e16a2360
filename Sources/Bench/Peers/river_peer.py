"""river's logistic regression with FTRL over labelled JSON Lines; prints what it took as JSON."""

import itertools
import json
import math
import sys
import time

from river import linear_model, optim


def main():
    path, rows = sys.argv[1], int(sys.argv[2])
    model = linear_model.LogisticRegression(
        optimizer=optim.FTRLProximal(alpha=0.2, beta=1.0, l1=0.0, l2=0.0))
    loss, count = 0.0, 0
    start = time.process_time()
    with open(path, "rb") as lines:
        for line in itertools.islice(lines, rows):
            record = json.loads(line)
            features = {}
            for name, value in record["features"].items():
                if isinstance(value, str):
                    features[f"{name}={value}"] = 1.0
                else:
                    features[name] = value
            label = record["label"]
            chance = model.predict_proba_one(features)[True]
            loss -= math.log(max(chance if label else 1 - chance, 1e-15))
            model.learn_one(features, bool(label))
            count += 1
    seconds = time.process_time() - start
    print(json.dumps({"rows": count, "cpu_seconds": seconds, "log_loss": loss / count}))


main()
