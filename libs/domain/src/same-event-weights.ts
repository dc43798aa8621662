/** Fitted by scripts/train-same-event; the order is that of pairSignals. */
export const SAME_EVENT_WEIGHTS = {
  bias: -3.085,
  threshold: 0.26,
  weights: [
    0.593, 4.266, 0.496, 0.484, 1.787, 0.802, 0.858, -2.465, 0.035, -0.128, 0.091, -0.459, 0.036, -0.844, -1.761, 1.249,
    0.366, -0.03, 0.768, -0.014, -1.149, -0.601, -0.146, -0.787, 1.151, -0.11, -1.594, 1.057, 0.485, -0.191,
  ],
};
