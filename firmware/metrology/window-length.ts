/** µs: a window ends at the first rising crossing of its age: 10 cycles at 50 Hz, 12 at 60 Hz. */
export const SHORTEST_WINDOW = 190_000;

/** µs: without mains there is no crossing to wait for, and a window ends at this age. */
export const LONGEST_WINDOW = 250_000;
