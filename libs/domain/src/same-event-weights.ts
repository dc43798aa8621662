/** Fitted by scripts/train-same-event; the order is that of pairSignals. */
export const SAME_EVENT_WEIGHTS = {
  bias: -3.444,
  threshold: 0.28,
  weights: [0.498, 3.611, -1.055, -0.289, 1.424, 1.216, 0.501, 1.198, -0.235, -0.231, 0.045, -0.578, 0.396, -0.553, -1.793, 1.282, -0.437, -0.039, 0.753, -0.373, -1.166, -0.754, -0.283, -0.96, 1.317, -0.166, -2.077, 0.974, 1.584, -0.155],
};
