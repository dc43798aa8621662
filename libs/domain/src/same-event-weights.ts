/** Fitted by scripts/train-same-event; the order is that of pairSignals. */
export const SAME_EVENT_WEIGHTS = {
  bias: -3.942,
  threshold: 0.24,
  weights: [0.952, 3.218, -1.298, -0.251, 1.258, 1.192, 0.675, 2.569, -0.695, -0.395, -0.023, -0.708, 0.433, -0.561, -1.938, 1.311, -0.167],
};
