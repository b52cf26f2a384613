"""Speed and memory as ratios against a peer or the bare work in the same run."""
