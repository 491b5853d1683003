import { setFlagsFromString } from 'node:v8';

/**
 * The API clients build some fifty megabytes of message types, and V8 lets the heap grow to twice that before it collects.
 * A step runs beside the user's own work, and none of ours is in a hurry. Set before the clients are loaded.
 */
setFlagsFromString('--optimize-for-size');
