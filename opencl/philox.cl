// Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011): four random words for
// each counter and key.
uint4 philox(ulong counter, ulong stream, ulong seed)
{
  uint4 c = (uint4)((uint)counter, (uint)(counter >> 32), (uint)stream, (uint)(stream >> 32));
  uint2 key = (uint2)((uint)seed, (uint)(seed >> 32));
  for (int round = 0; round < 10; round++) {
    const uint high0 = mul_hi(0xD2511F53u, c.x), low0 = 0xD2511F53u * c.x;
    const uint high1 = mul_hi(0xCD9E8D57u, c.z), low1 = 0xCD9E8D57u * c.z;
    c = (uint4)(high1 ^ c.y ^ key.x, low1, high0 ^ c.w ^ key.y, low0);
    key += (uint2)(0x9E3779B9u, 0xBB67AE85u);
  }
  return c;
}

// whole is a word that is evenly spread over 0 to range-1, but for a bias of range/2^64.
ulong whole(uint high, uint low, ulong range) { return mul_hi((ulong)high << 32 | low, range); }

// uniform32 is a number from 0 up to, and without, 1: a multiple of 2^-24.
float uniform32(uint word) { return (word >> 8) * 0x1p-24f; }

// positive32 is a number above 0 up to 1.
float positive32(uint word) { return ((word >> 8) + 1) * 0x1p-24f; }

#ifdef cl_khr_fp64
double uniform64(uint high, uint low) { return (((ulong)high << 32 | low) >> 11) * 0x1p-53; }
double positive64(uint high, uint low) { return ((((ulong)high << 32 | low) >> 11) + 1) * 0x1p-53; }
#endif
