/* Plane p = 0..3 of vectors of uint32: codes, one per byte. Plane p = 0..7 of signs: twice the bit. */
#define CODES_IN(v, p) (0x03030303 & (v) >> 2 * (p))
#define SIGNS_IN(v, p) (0x02020202 & (p > 0 ? (v) >> (p - 1) : (v) << 1))
