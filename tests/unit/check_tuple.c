/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_tuple: canonical order, and SipHash-1-3 against known answers.
 *
 * The answers are of an independent program, whose own results for the zero
 * key agree with CPython's hash() under PYTHONHASHSEED=0:
 *
 *	def sip13(key, data):
 *	    k = [int.from_bytes(key[i:i + 8], "little") for i in (0, 8)]
 *	    v = [k[0] ^ 0x736f6d6570736575, k[1] ^ 0x646f72616e646f6d,
 *	         k[0] ^ 0x6c7967656e657261, k[1] ^ 0x7465646279746573]
 *	    def rotl(x, b): return (x << b | x >> 64 - b) & M
 *	    def turn():
 *	        v[0] = v[0] + v[1] & M; v[2] = v[2] + v[3] & M
 *	        v[1] = rotl(v[1], 13) ^ v[0]; v[3] = rotl(v[3], 16) ^ v[2]
 *	        v[0] = rotl(v[0], 32)
 *	        v[2] = v[2] + v[1] & M; v[0] = v[0] + v[3] & M
 *	        v[1] = rotl(v[1], 17) ^ v[2]; v[3] = rotl(v[3], 21) ^ v[0]
 *	        v[2] = rotl(v[2], 32)
 *	    data += bytes(7 - len(data) % 8) + bytes([len(data) & 255])
 *	    for i in range(0, len(data), 8):
 *	        m = int.from_bytes(data[i:i + 8], "little")
 *	        v[3] ^= m; turn(); v[0] ^= m
 *	    v[2] ^= 255; turn(); turn(); turn()
 *	    return v[0] ^ v[1] ^ v[2] ^ v[3]		# M = 2**64 - 1
 */
#include <check.h>
#include <netinet/in.h>
#include <string.h>

#include "build.h"
#include "engine/table/tuple.h"
#include "runner.h"

/* Of the bytes 00 01 02 .. of each length under key 00 .. 0f. */
static const uint64_t known[64] = {
	UINT64_C(0xabac0158050fc4dc),
	UINT64_C(0xc9f49bf37d57ca93),
	UINT64_C(0x82cb9b024dc7d44d),
	UINT64_C(0x8bf80ab8e7ddf7fb),
	UINT64_C(0xcf75576088d38328),
	UINT64_C(0xdef9d52f49533b67),
	UINT64_C(0xc50d2b50c59f22a7),
	UINT64_C(0xd3927d989bb11140),
	UINT64_C(0x369095118d299a8e),
	UINT64_C(0x25a48eb36c063de4),
	UINT64_C(0x79de85ee92ff097f),
	UINT64_C(0x70c118c1f94dc352),
	UINT64_C(0x78a384b157b4d9a2),
	UINT64_C(0x306f760c1229ffa7),
	UINT64_C(0x605aa111c0f95d34),
	UINT64_C(0xd320d86d2a519956),
	UINT64_C(0xcc4fdd1a7d908b66),
	UINT64_C(0x9cf2689063dbd80c),
	UINT64_C(0x8ffc389cb473e63e),
	UINT64_C(0xf21f9de58d297d1c),
	UINT64_C(0xc0dc2f46a6cce040),
	UINT64_C(0xb992abfe2b45f844),
	UINT64_C(0x7ffe7b9ba320872e),
	UINT64_C(0x525a0e7fdae6c123),
	UINT64_C(0xf464aeb267349c8c),
	UINT64_C(0x45cd5928705b0979),
	UINT64_C(0x3a3e35e3ca9913a5),
	UINT64_C(0xa91dc74e4ade3b35),
	UINT64_C(0xfb0bed02ef6cd00d),
	UINT64_C(0x88d93cb44ab1e1f4),
	UINT64_C(0x540f11d643c5e663),
	UINT64_C(0x2370dd1f8c21d1bc),
	UINT64_C(0x81157b6c16a7b60d),
	UINT64_C(0x4d54b9e57a8ff9bf),
	UINT64_C(0x759f12781f2a753e),
	UINT64_C(0xcea1a3bebf186b91),
	UINT64_C(0x2cf508d3ada26206),
	UINT64_C(0xb6101c2da3c33057),
	UINT64_C(0xb3f47496ae3a36a1),
	UINT64_C(0x626b57547b108392),
	UINT64_C(0xc1d2363299e41531),
	UINT64_C(0x667cc1923f1ad944),
	UINT64_C(0x65704ffec8138825),
	UINT64_C(0x24f280d1c28949a6),
	UINT64_C(0xc2ca1cedfaf8876b),
	UINT64_C(0xc2164bfc9f042196),
	UINT64_C(0xa16e9c9368b1d623),
	UINT64_C(0x49fb169c8b5114fd),
	UINT64_C(0x9f3143f8df074c46),
	UINT64_C(0xc6fdaf2412cc86b3),
	UINT64_C(0x7eaf49d10a52098f),
	UINT64_C(0x1cf313559d292f9a),
	UINT64_C(0xc44a30dda2f41f12),
	UINT64_C(0x36fae98943a71ed0),
	UINT64_C(0x318fb34c73f0bce6),
	UINT64_C(0xa27abf3670a7e980),
	UINT64_C(0xb4bcc0db243c6d75),
	UINT64_C(0x23f8d852fdb71513),
	UINT64_C(0x8f035f4da67d8a08),
	UINT64_C(0xd89cd0e5b7e8f148),
	UINT64_C(0xf6f4e6bcf7a644ee),
	UINT64_C(0xaec59ad80f1837f2),
	UINT64_C(0xc3b2f6154b6694e0),
	UINT64_C(0x9d199062b7bbb3a8),
};

static const uint8_t key[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
	14, 15 };

static void
same_ends(const struct sw_endpoints *a, const struct sw_endpoints *b)
{
	ck_assert_mem_eq(a->src.b, b->src.b, 16);
	ck_assert_mem_eq(a->dst.b, b->dst.b, 16);
	ck_assert_uint_eq(a->sport, b->sport);
	ck_assert_uint_eq(a->dport, b->dport);
	ck_assert_uint_eq(a->family, b->family);
	ck_assert_uint_eq(a->proto, b->proto);
}

START_TEST(siphash_known_answers)
{
	uint8_t bytes[64];

	for (unsigned i = 0; i < 64; i++) {
		bytes[i] = (uint8_t)i;
		ck_assert_uint_eq(sw_tuple_siphash13(key, bytes, i), known[i]);
	}
}
END_TEST

START_TEST(siphash_of_unaligned_bytes)
{
	uint8_t bytes[64 + 8];

	for (unsigned shift = 1; shift < 8; shift++) {
		for (unsigned i = 0; i < 64; i++)
			bytes[shift + i] = (uint8_t)i;
		ck_assert_uint_eq(
		    sw_tuple_siphash13(key, bytes + shift, 63), known[63]);
	}
}
END_TEST

START_TEST(hash_is_that_of_the_packed_form)
{
	struct sw_endpoints four =
	    build_ends("192.168.1.2", 51000, "10.0.0.1", 443, IPPROTO_TCP);
	struct sw_endpoints six =
	    build_ends("2001:db8::2", 40000, "2001:db8::1", 53, IPPROTO_UDP);
	struct sw_tuple tuple;

	sw_tuple_make(&tuple, &four);
	ck_assert_uint_eq(
	    sw_tuple_hash(&tuple, key), UINT64_C(0x2b7799dbfef547f2));
	sw_tuple_make(&tuple, &six);
	ck_assert_uint_eq(
	    sw_tuple_hash(&tuple, key), UINT64_C(0x7bfe9730e4312dc9));
}
END_TEST

START_TEST(hash_depends_on_every_byte)
{
	struct sw_endpoints six =
	    build_ends("2001:db8::2", 40000, "2001::1", 53, IPPROTO_UDP);
	struct sw_tuple tuple;
	uint64_t base;
	uint8_t other_key[16];

	sw_tuple_make(&tuple, &six);
	base = sw_tuple_hash(&tuple, key);
	for (size_t i = 0; i < offsetof(struct sw_tuple, zero); i++) {
		struct sw_tuple changed = tuple;

		if (i == offsetof(struct sw_tuple, family))
			continue;
		((uint8_t *)&changed)[i] ^= 0x10;
		ck_assert_uint_ne(sw_tuple_hash(&changed, key), base);
		ck_assert(!sw_tuple_equal(&changed, &tuple));
	}
	for (unsigned i = 0; i < 16; i++) {
		memcpy(other_key, key, sizeof(key));
		other_key[i] ^= 1;
		ck_assert_uint_ne(sw_tuple_hash(&tuple, other_key), base);
	}
}
END_TEST

/* Both directions of each pair give one tuple, and the ends come back. */
START_TEST(both_directions_give_one_tuple)
{
	const struct sw_endpoints pairs[] = {
		build_ends("10.0.0.1", 1000, "10.0.0.2", 80, IPPROTO_TCP),
		build_ends("10.0.0.2", 80, "10.0.0.1", 1000, IPPROTO_TCP),
		build_ends("255.0.0.1", 1, "1.0.0.255", 2, IPPROTO_TCP),
		build_ends("127.0.0.1", 5000, "127.0.0.1", 5001, IPPROTO_TCP),
		build_ends("fe80::1", 1, "fe80::2", 1, IPPROTO_UDP),
		build_ends("2001:db8::ff", 9, "2001:db8::1", 10, IPPROTO_UDP),
		build_ends("::1", 7, "::1", 6, IPPROTO_UDP),
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct sw_endpoints back =
		    sw_packet_endpoints_reverse(&pairs[i]);
		struct sw_tuple there, home;
		bool from_b = sw_tuple_make(&there, &pairs[i]);
		struct sw_endpoints again;

		ck_assert(sw_tuple_make(&home, &back) != from_b);
		ck_assert(sw_tuple_equal(&there, &home));
		ck_assert_int_le(
		    memcmp(there.a.b, there.b.b, sizeof(there.a.b)), 0);
		again = sw_tuple_ends(&there, from_b);
		same_ends(&again, &pairs[i]);
		again = sw_tuple_ends(&there, !from_b);
		same_ends(&again, &back);
	}
}
END_TEST

/* The order of IPv6 ends is that of their bytes, then of the ports. */
/* In one step what the engine does with each packet: the same tuple, the same
 * end, the same hash. */
START_TEST(key_is_tuple_and_hash)
{
	const struct sw_endpoints all[] = {
		build_ends("10.0.0.1", 1000, "10.0.0.2", 80, IPPROTO_TCP),
		build_ends("10.0.0.2", 80, "10.0.0.1", 1000, IPPROTO_TCP),
		build_ends("2001:db8::1", 9, "fd00::1", 10, IPPROTO_UDP),
		build_ends("fd00::1", 10, "2001:db8::1", 9, IPPROTO_UDP),
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct sw_tuple made, keyed;
		uint64_t hash = 0;
		bool from_b = sw_tuple_make(&made, &all[i]);

		memset(&keyed, 0x55, sizeof(keyed));
		ck_assert(sw_tuple_key(&keyed, &all[i], key, &hash) == from_b);
		ck_assert(from_b == (i % 2 == 1));
		ck_assert(sw_tuple_equal(&made, &keyed));
		ck_assert_uint_eq(hash, sw_tuple_hash(&made, key));
	}
}
END_TEST

START_TEST(ends_stand_in_the_order_of_their_bytes)
{
	uint64_t seed = 1;

	for (unsigned i = 0; i < 100000; i++) {
		struct sw_endpoints ends = build_ends("2001:db8::1",
		    (uint16_t)(i & 3), "2001:db8::1", 1, IPPROTO_UDP);
		struct sw_tuple tuple;
		int order;

		seed = seed * UINT64_C(6364136223846793005) + 1;
		ends.src.b[seed >> 40 & 15] ^= (uint8_t)(seed >> 32);
		ends.dst.b[seed >> 44 & 15] ^= (uint8_t)(seed >> 56);
		order = memcmp(ends.src.b, ends.dst.b, sizeof(ends.src.b));
		if (order == 0)
			order = ends.sport - ends.dport;
		if (sw_tuple_make(&tuple, &ends) != (order > 0))
			ck_abort_msg("draw %u", i);
	}
}
END_TEST

START_TEST(an_end_that_talks_to_itself)
{
	struct sw_endpoints ends =
	    build_ends("10.0.0.1", 7, "10.0.0.1", 7, IPPROTO_TCP);
	struct sw_tuple tuple;

	ck_assert(!sw_tuple_make(&tuple, &ends));
	ck_assert_uint_eq(tuple.a_port, tuple.b_port);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("tuple");

	tcase_add_test(tcase, siphash_known_answers);
	tcase_add_test(tcase, siphash_of_unaligned_bytes);
	tcase_add_test(tcase, hash_is_that_of_the_packed_form);
	tcase_add_test(tcase, hash_depends_on_every_byte);
	tcase_add_test(tcase, both_directions_give_one_tuple);
	tcase_add_test(tcase, key_is_tuple_and_hash);
	tcase_add_test(tcase, ends_stand_in_the_order_of_their_bytes);
	tcase_add_test(tcase, an_end_that_talks_to_itself);
	return run_case("tuple", tcase);
}
