/**
 * Imported before Ink, which draws nothing but its last frame where the environment has `CI`. Whether there is a
 * terminal to draw on, those who show the view have seen for themselves.
 */
process.env.CI = 'false';
