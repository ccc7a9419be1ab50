from __future__ import annotations

from lrlab.training.bench import bench, table


def test_a_tiny_bench_measures_both_loops_and_prints_them():
    result = bench(epochs=1, train_examples=512)
    for name in ("chapter", "engine"):
        assert len(result[name]["seconds"]) == 1
        assert result[name]["median"] == result[name]["seconds"][0] > 0
        assert result[name]["start"] > 0
    assert result["ratio"] == result["engine"]["median"] / result["chapter"]["median"]
    assert result["hardware"]["device"] == "cpu"
    lines = table(result).splitlines()
    assert lines[-1].split() == ["ratio", f"{result['ratio']:.3f}"]
