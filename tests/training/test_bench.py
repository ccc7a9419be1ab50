from __future__ import annotations

from lrlab.training.bench import bench, table


def test_a_tiny_bench_measures_both_loops_and_prints_them():
    result = bench(epochs=1, train_examples=512, packs=[2])
    for name in ("chapter", "engine", "pack_of_2"):
        assert len(result[name]["seconds"]) == 1
        assert result[name]["median"] == result[name]["seconds"][0] > 0
        assert result[name]["start"] > 0
    assert result["ratio"] == result["engine"]["median"] / result["chapter"]["median"]
    assert result["hardware"]["device"] == "cpu"
    assert all(10e6 < result[name]["memory"] < 2e9 for name in ("engine", "pack_of_2"))
    lines = table(result).splitlines()
    assert [line.split()[0] for line in lines[2:-1]] == ["chapter", "lrlab", "pack"]
    assert lines[-1].split() == ["ratio", f"{result['ratio']:.3f}"]
