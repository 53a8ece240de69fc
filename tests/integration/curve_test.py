"""`vib curve`: the exact limit of tables and covariances, and whatever else a stranger hands it.

    curve_test.py      (VIB in the environment: the program)

Independent of it: the curve of a binary symmetric channel by Mrs. Gerber's lemma, the Gaussian closed form by NumPy's
eigenvalues, and iterations of Blahut and Arimoto from many starts, none of which may get below the bound.
"""

import csv
import io
import json
import unittest
import xml.etree.ElementTree

import numpy as np
import torch

from linear_gaussian import GAINS, INPUTS, curve_at
from program import ProgramTest, vib


def entropy(p):
    p = p[p > 0]
    return -(p * np.log2(p)).sum()


def lagrangian_of(joint, encoder, beta):
    """Of p(t|x), [X, T]."""
    xt = joint.sum(1)[:, None] * encoder
    ty = encoder.T @ joint
    def information(p):
        return entropy(p.sum(0)) + entropy(p.sum(1)) - entropy(p.ravel())
    return information(xt) - beta * information(ty)


def blahut_arimoto(joint, beta, encoder, steps=400):
    p_x = joint.sum(1)
    p_y_given_x = joint / p_x[:, None]
    for _ in range(steps):
        p_t = p_x @ encoder + 1e-300
        p_y_given_t = (encoder.T @ joint) / p_t[:, None] + 1e-300
        logits = np.log(p_t) + beta * p_y_given_x @ np.log(p_y_given_t).T
        encoder = np.exp(logits - logits.max(1, keepdims=True))
        encoder /= encoder.sum(1, keepdims=True)
    return encoder


class CurveTest(ProgramTest):
    def file(self, name, text):
        (self.folder / name).write_text(text)
        return self.folder / name

    def array(self, name, values):
        np.save(self.folder / name, values)
        return self.folder / name

    def json(self, *arguments):
        return json.loads(self.succeeds(vib("curve", *arguments, "--json")).stdout)

    def test_rows_of_a_symmetric_channel(self):
        table = self.file("bsc.csv", "45, 5\n5, 45\n")
        result = self.succeeds(vib("curve", table))
        rows = list(csv.DictReader(io.StringIO(result.stdout)))
        self.assertEqual(list(rows[0]), ["beta", "itx_bits", "ity_bits", "lagrangian_bits", "gap_bits"])
        self.assertEqual(len(rows), 50)
        self.assertEqual((rows[0]["beta"], rows[-1]["beta"]), ("1", "100"))
        a = 0.5 * np.linspace(0, 1, 200_001) ** 4  # the optimum comes near 0 as beta grows
        h = lambda p: -(p * np.log2(np.clip(p, 1e-300, 1)) + (1 - p) * np.log2(np.clip(1 - p, 1e-300, 1)))
        itx, ity = 1 - h(a), 1 - h(0.9 * a + 0.1 * (1 - a))
        for row in rows:
            beta, itx_bits, ity_bits, lagrangian, gap = map(float, row.values())
            self.assertAlmostEqual(lagrangian, (itx - beta * ity).min(), delta=1e-6)
            self.assertAlmostEqual(lagrangian, itx_bits - beta * ity_bits, delta=1e-9)
            self.assertLess(gap, 1e-6)

    def test_no_encoder_is_below_the_bound(self):
        rng = np.random.default_rng(0)
        for shape in (3, 2), (7, 5):
            joint = rng.random(shape) ** 2
            joint /= joint.sum()
            for row in self.json(self.array("p.npy", joint), "--beta", "1.5,3,6,12")["rows"]:
                best = min(lagrangian_of(joint, blahut_arimoto(joint, row["beta"], start), row["beta"])
                           for start in [np.eye(shape[0])] +
                           [rng.dirichlet(np.full(shape[0], 0.3), shape[0]) for _ in range(8)])
                self.assertGreaterEqual(best, row["lagrangian_bits"] - row["gap_bits"] - 1e-9, row)
                self.assertLessEqual(best, row["lagrangian_bits"] + 0.02, row)

    def test_gaussian_closed_form(self):
        y = np.diag(GAINS) @ np.eye(4, INPUTS)
        covariance = np.block([[np.eye(INPUTS), y.T], [y, y @ y.T + np.eye(4)]])
        result = self.json("--gaussian", self.array("c.npy", covariance), "--x-dims", INPUTS, "--beta", "1,1.2,2,9,70")
        for row in result["rows"]:
            itx, ity = curve_at(1 / row["beta"])
            self.assertAlmostEqual(row["itx_bits"], itx, places=9)
            self.assertAlmostEqual(row["ity_bits"], ity, places=9)
            self.assertEqual(row["gap_bits"], 0)
        conditional = np.linalg.inv(np.linalg.inv(covariance)[:INPUTS, :INPUTS])  # of X given Y; X has the identity
        eigenvalues = np.sort(np.linalg.eigvals(conditional).real)
        np.testing.assert_allclose(result["eigenvalues"], eigenvalues[:4], rtol=1e-9)
        self.assertAlmostEqual(result["critical_beta"], 1 / (1 - eigenvalues[0]), places=9)
        self.assertEqual(result["y_dims"], 4)

    def test_gaussian_refuses(self):
        good = self.array("good.npy", np.array([[1, 0.5], [0.5, 1]]))
        for dims in 0, 2:
            self.fails(vib("curve", "--gaussian", good, "--x-dims", dims), 2, "--x-dims", "from 1 to 1")
        self.fails(vib("curve", "--gaussian", good), 2, "--x-dims D")
        self.fails(vib("curve", "--gaussian", good, "--x-dims", "1.5"), 2, "x-dims")
        self.fails(vib("curve", good, "--x-dims", 1), 2, "--x-dims: belongs to --gaussian")
        self.fails(vib("curve", good, "--gaussian", good, "--x-dims", 1), 2, "--gaussian: takes the place")
        for values, words in ([[1, 2], [2, 1]], "not positive definite"), ([[1, 0.1], [0.3, 1]], "not symmetric"):
            self.fails(vib("curve", "--gaussian", self.array("bad.npy", np.array(values)), "--x-dims", 1), 3, "bad.npy",
                       words)

    def test_tables_with_an_answer_known_beforehand(self):
        labels = self.json(self.file("labels.csv", "1,0,0\n0,2,0\n0,1,0\n0,0,4\n"), "--beta", "0,0.5,1,1.01,3")
        hy = entropy(np.array([1, 3, 4]) / 8)
        self.assertAlmostEqual(labels["hy_bits"], hy)
        self.assertAlmostEqual(labels["hx_bits"], 1.75)
        self.assertEqual(labels["critical_beta"], 1)
        for row in labels["rows"]:
            for key in "itx_bits", "ity_bits":
                self.assertAlmostEqual(row[key], hy if row["beta"] > 1 else 0)
        independent = self.json(self.file("none.csv", "1,2\n2,4\n"))
        self.assertIsNone(independent["critical_beta"])
        self.assertEqual({row["ity_bits"] for row in independent["rows"]}, {0})
        for text in "1\n", "1\n2\n3\n":
            for row in self.json(self.file("thin.csv", text))["rows"]:
                self.assertEqual((row["itx_bits"], row["ity_bits"], row["gap_bits"]), (0, 0, 0))

    def test_files_of_every_kind_say_the_same(self):
        counts = np.array([[20, 5, 2], [3, 15, 5], [4, 2, 18]])
        torch.save({"joint": torch.from_numpy(counts)}, self.folder / "p.pt")
        np.savez(self.folder / "p.npz", joint=counts, other=np.ones(3))
        self.array("scaled.npy", counts / 7)
        self.file("p.csv", "\ufeff20,5,2\r\n 3 ,15.0,5\r\n\r\n4,2e0,\"18\"\r\n")
        self.file("p.tsv", "20\t5\t2\n3\t15\t5\n4\t2\t18\n")
        sources = [self.folder / name for name in ("p.pt", "p.npz:joint", "scaled.npy", "p.csv", "p.tsv")]
        for kind in "uint8", "float32":
            sources.append(self.array(f"{kind}.npy", counts.astype(kind)))
        sources.append(self.array("fortran.npy", np.asfortranarray(counts)))
        answers = [self.json(source, "--beta", "4")["rows"][0]["lagrangian_bits"] for source in sources]
        np.testing.assert_allclose(answers, answers[0], atol=1e-9)
        self.assertLess(answers[0], -0.1)
        self.fails(vib("curve", self.folder / "p.npz"), 3, "say which", "joint")

    def test_what_is_no_table(self):
        for text, parts in (
                ("a,b\n1,2\n", ("x.csv:1: column 1", '"a"', "no header")),
                ("1,2\n3\n", ("x.csv:2", "expected 2 numbers", "found 1")),
                ("1,2\n3,-4\n", ("x.csv: row 2, column 2: -4", ">= 0")),
                ("1,nan\n3,4\n", ("x.csv:1: column 2", "finite")),
                ("1,2\n3,\n", ("x.csv:2: column 2: found nothing",)),
                ("1;2\n3;4\n", ("x.csv:1", "separated")),
                ("0,0\n0,0\n", ("x.csv", "every entry is 0")),
                ("", ("x.csv", "is empty"))):
            self.fails(vib("curve", self.file("x.csv", text)), 3, *parts)
        for values, words in (np.ones(4), "1 dimension"), (np.array([[-1, 1]]), "column 1: -1"):  # joint_table's tests
            self.fails(vib("curve", self.array("x.npy", values)), 3, "x.npy", words)
        self.fails(vib("curve", self.folder / "nowhere.csv"), 3, "nowhere.csv", "no such file")
        self.fails(vib("curve", self.folder), 3, "is a folder")
        self.fails(vib("curve"), 2, "give a joint table", "--gaussian")

    def test_beta(self):
        table = self.file("p.csv", "3,1\n1,3\n")
        betas = lambda *arguments: [row["beta"] for row in self.json(table, *arguments)["rows"]]
        self.assertEqual(betas("--beta", "5"), [5])
        self.assertEqual(betas("--beta", "5,1,2"), [5, 1, 2])
        self.assertEqual(betas("--beta", "2..4"), [2, 3, 4])
        self.assertEqual(betas("--beta", "lin:0:1:3"), [0, 0.5, 1])
        self.assertEqual(len(betas()), 50)
        for text in "-1", "nan", "1,x", "lin:-1:1:3", "1e999":
            self.fails(vib("curve", table, f"--beta={text}"), 2, "--beta")

    def test_out(self):
        table = self.file("p.csv", "5,1,1\n1,5,1\n1,1,5\n")
        plain = self.succeeds(vib("curve", table)).stdout
        out = self.folder / "new" / "folder"
        result = self.succeeds(vib("curve", table, "--out", out))
        self.assertEqual(result.stdout.split(), [f"{out}/curve.csv", f"{out}/curve.svg"])
        self.assertEqual((out / "curve.csv").read_text(), plain)
        picture = (out / "curve.svg").read_text()
        xml.etree.ElementTree.fromstring(picture)
        for words in "I(T;X) (bits)", "I(T;Y) (bits)", "H(Y) = 1.58", "I(X;Y) = ":
            self.assertIn(words, picture)
        self.assertEqual(self.succeeds(vib("curve", table, "--out", out, "--quiet")).stdout, "")
        self.assertEqual(len(json.loads(self.succeeds(vib("curve", table, "--out", out, "--json")).stdout)["rows"]), 50)
        self.fails(vib("curve", table, "--out", table), 1, str(table))

    def test_json_names_what_the_rows_depend_on(self):
        result = self.json(self.file("p.csv", "5,1\n1,5\n0,0\n"))
        self.assertEqual((result["x_values"], result["y_values"]), (3, 2))
        self.assertEqual(result["gap"], "bound")
        self.assertLess(result["largest_gap_bits"], 1e-6)
        self.assertAlmostEqual(result["critical_beta"], 1 / (2 / 3) ** 2, places=5)
        self.assertEqual(self.json(self.array("p3.npy", np.eye(3) + 1))["gap"], "search")
        self.assertAlmostEqual(result["hx_bits"], 1)


if __name__ == "__main__":
    unittest.main()
