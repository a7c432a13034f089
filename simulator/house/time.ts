/** Simulated time in the house is in seconds since the midnight (local solar time) that begins its first day. */
export const MINUTE = 60;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
