/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Published vectors, on every architecture of this CPU: AES-CBC of RFC 3602 and NIST SP 800-38A,
 * HMAC of RFC 2202, 4231 and 4868, AES-GCM in ESP of draft-mcgrew-gcm-test-01. */
#include "tests/unit/crypto/esp_fixture.h"

#include "crypto/esp_internal.h"

#define BUFFER_BYTES 512

/* ---- AES-CBC: RFC 3602 section 4, NIST SP 800-38A appendix F.2 --------------------------------
 */

#define SP_800_38A_PLAIN                                                                           \
	"6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc119" \
	"1a0a52eff69f2445df4f9b17ad2b417be66c3710"

struct cbc_vector {
	const char *name, *key, *iv, *plain, *cipher;
};

static const struct cbc_vector cbc_vectors[] = {
    {"case 1", "06a9214036b8a15b512e03d534120006", "3dafba429d9eb430b422da802c9fac41",
	"53696e676c6520626c6f636b206d7367", "e353779c1079aeb82708942dbe77181a"},
    {"case 2", "c286696d887c9aa0611bbb3e2025a45a", "562e17996d093d28ddb3ba695a2e6f58",
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
	"d296cd94c2cccf8a3a863028b5e1dc0a7586602d253cfff91b8266bea6d61ab1"},
    {"case 3", "6c3ea0477630ce21a2ce334aa746c2cd", "c782dc4c098c66cbd9cd27d825682c81",
	"5468697320697320612034382d62797465206d657373616765202865786163746c7920332041455320626c6f"
	"636b7329",
	"d0a02b3836451753d493665d33f0e8862dea54cdb293abc7506939276772f8d5021c19216bad525c8579695d"
	"83ba2684"},
    {"case 4", "56e47a38c5598974bc46903dba290349", "8ce82eefbea0da3c44699ed7db51b7d9",
	"a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacb"
	"cccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf",
	"c30e32ffedc0774e6aff6af0869f71aa0f3af07a9a31a9c684db207eb0ef8e4e35907aa632c3ffdf868bb7b2"
	"9d3d46ad83ce9f9a102ee99d49a53e87f4c3da55"},
    {"case 5: ping in transport mode", "90d382b410eeba7ad938c46cec1a82bf",
	"e96e8c08ab465763fd098d45dd3ff893",
	"08000ebda70a00008e9c083db95b070008090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223"
	"2425262728292a2b2c2d2e2f30313233343536370102030405060708090a0b0c0d0e0e01",
	"f663c25d325c18c6a9453e194e120849a4870b66cc6b9965330013b4898dc856a4699e523a55db080b59ec3a"
	"8e4b7e52775b07d1db34ed9c538ab50c551b874aa269add047ad2d5913ac19b7cfbad4a6"},
    {"case 7: ping in tunnel mode", "0123456789abcdef0123456789abcdef",
	"f4e765244f6407adf13dc1380f673f37",
	"45000054090400004001f988c0a87b03c0a87bc808009f76a90a0100b49c083d02a2040008090a0b0c0d0e0f"
	"101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363701020304"
	"05060708090a0a04",
	"773b5241a4c449225e4f3ce5ed611b0c237ca96cf74a93013c1b0ea1a0cf70f8e4ecaec78ac53aad7a0f022b"
	"859243c647752e94a859352b8a4d4d2decd136e5c177f132ad3fbfb2201ac9904c74ee0a109e0ca1e4dfe9d5"
	"a100b842f1c22f0d"},
    {"SP 800-38A F.2.3, 192 bits", "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
	"000102030405060708090a0b0c0d0e0f", SP_800_38A_PLAIN,
	"4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a571b242012fb7ae07fa9baac"
	"3df102e008b0e27988598881d920a9e64f5615cd"},
    {"SP 800-38A F.2.5, 256 bits",
	"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
	"000102030405060708090a0b0c0d0e0f", SP_800_38A_PLAIN,
	"f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d39f23369a9d9bacfa530e263"
	"04231461b2eb05e2c39be9fcda6c19078c6a9d1b"},
};

static void check_cbc_vector(struct esp_pair *pair, const struct cbc_vector *v)
{
	uint8_t encr_key[32], auth_key[20] = {0}, packet[BUFFER_BYTES] = {0};
	uint8_t plain[BUFFER_BYTES], cipher[BUFFER_BYTES];
	struct esp_key_params params = {CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA1_96, encr_key, 0,
	    auth_key, sizeof(auth_key), false};
	uint32_t bytes = (uint32_t)unhex(v->plain, plain);
	struct esp_key key;

	params.encr_key_bytes = unhex(v->key, encr_key);
	assert_int_equal(unhex(v->cipher, cipher), bytes);
	assert_int_equal(esp_key_init(&key, pair->encrypt, &params), 0);
	unhex(v->iv, packet + ESP_HEADER_BYTES);
	memcpy(packet + 24, plain, bytes);

	assert_int_equal(esp_run(pair->encrypt, &key, packet, bytes, 0), ESP_STATUS_OK);
	assert_memory_equal(packet + 24, cipher, bytes);
	assert_int_equal(esp_run(pair->decrypt, &key, packet, bytes, 0), ESP_STATUS_OK);
	assert_memory_equal(packet + 24, plain, bytes);
}

static void test_rfc3602_sp800_38a_aes_cbc(void **state)
{
	for (unsigned a = 0; a < ESP_ARCHS; a++) {
		struct esp_pair pair;

		if (!esp_pair_open(&pair, esp_archs[a]))
			continue;
		for (unsigned i = 0; i < sizeof(cbc_vectors) / sizeof(cbc_vectors[0]); i++)
			check_cbc_vector(&pair, &cbc_vectors[i]);
		esp_pair_close(&pair);
	}
}

/* ---- HMAC ------------------------------------------------------------------------------------ */

/* A key shorter than the algorithm's is followed by zeros, which HMAC does as well (RFC 2104). */
struct hmac_vector {
	const char *name;
	uint16_t auth;
	const char *key, *data, *icv; /* the ICV is the head of the published digest */
};

#define KEY_0B    "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"
#define KEY_0B_32 KEY_0B "0b0b0b0b0b0b0b0b0b0b0b0b"
#define KEY_0B_48 KEY_0B_32 "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"
#define KEY_0B_64 KEY_0B_32 KEY_0B_32
#define KEY_AA    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define KEY_JEFE  "4a656665"
#define KEY_25    "0102030405060708090a0b0c0d0e0f10111213141516171819"
#define HI_THERE  "4869205468657265"
#define WHAT_DO   "7768617420646f2079612077616e7420666f72206e6f7468696e673f"
#define DATA_DD                                                                                    \
	"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd" \
	"dddd"                                                                                     \
	"dddddddd"
#define DATA_CD                                                                                    \
	"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd" \
	"cdcd"                                                                                     \
	"cdcdcdcd"

static const struct hmac_vector hmac_vectors[] = {
    {"RFC 2202 case 1", CFG_AUTH_HMAC_SHA1_96, KEY_0B, HI_THERE, "b617318655057264e28bc0b6"},
    {"RFC 2202 case 2", CFG_AUTH_HMAC_SHA1_96, KEY_JEFE, WHAT_DO, "effcdf6ae5eb2fa2d27416d5"},
    {"RFC 2202 case 3", CFG_AUTH_HMAC_SHA1_96, KEY_AA, DATA_DD, "125d7342b9ac11cd91a39af4"},
    {"RFC 2202 case 5", CFG_AUTH_HMAC_SHA1_96, "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c",
	"546573742057697468205472756e636174696f6e", "4c1a03424b55e07fe7f27be1"},
    {"RFC 4231 case 1", CFG_AUTH_HMAC_SHA2_256_128, KEY_0B, HI_THERE,
	"b0344c61d8db38535ca8afceaf0bf12b"},
    {"RFC 4231 case 2", CFG_AUTH_HMAC_SHA2_256_128, KEY_JEFE, WHAT_DO,
	"5bdcc146bf60754e6a042426089575c7"},
    {"RFC 4231 case 3", CFG_AUTH_HMAC_SHA2_256_128, KEY_AA, DATA_DD,
	"773ea91e36800e46854db8ebd09181a7"},
    {"RFC 4231 case 4", CFG_AUTH_HMAC_SHA2_256_128, KEY_25, DATA_CD,
	"82558a389a443c0ea4cc819899f2083a"},
    {"RFC 4231 case 2", CFG_AUTH_HMAC_SHA2_384_192, KEY_JEFE, WHAT_DO,
	"af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47"},
    {"RFC 4231 case 3", CFG_AUTH_HMAC_SHA2_384_192, KEY_AA, DATA_DD,
	"88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9feb"},
    {"RFC 4231 case 3", CFG_AUTH_HMAC_SHA2_512_256, KEY_AA, DATA_DD,
	"fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"},
    {"RFC 4868 AUTH256-1", CFG_AUTH_HMAC_SHA2_256_128, KEY_0B_32, HI_THERE,
	"198a607eb44bfbc69903a0f1cf2bbdc5"},
    {"RFC 4868 AUTH384-1", CFG_AUTH_HMAC_SHA2_384_192, KEY_0B_48, HI_THERE,
	"b6a8d5636f5c6a7224f9977dcf7ee6c7fb6d0c48cbdee973"},
    {"RFC 4868 AUTH512-1", CFG_AUTH_HMAC_SHA2_512_256, KEY_0B_64, HI_THERE,
	"637edc6e01dce7e6742a99451aae82df23da3e92439e590e43e761b33e910fb8"},
};

static size_t auth_key_bytes(uint16_t auth)
{
	switch (auth) {
	case CFG_AUTH_HMAC_SHA1_96: return 20;
	case CFG_AUTH_HMAC_SHA2_256_128: return 32;
	case CFG_AUTH_HMAC_SHA2_384_192: return 48;
	default: return 64;
	}
}

/* The data of the vectors are no ESP packets: the compiled key is given to the library directly. */
static void check_hmac_vector(struct esp_pair *pair, const struct hmac_vector *v)
{
	uint8_t encr_key[16] = {0}, auth_key[64] = {0}, data[BUFFER_BYTES], icv[32], want[32];
	struct esp_key_params params = {
	    CFG_ENCR_AES_CBC, v->auth, encr_key, 16, auth_key, auth_key_bytes(v->auth), false};
	IMB_MGR *mgr = pair->encrypt->mgr;
	struct esp_key key;
	IMB_JOB *job;

	unhex(v->key, auth_key);
	assert_int_equal(esp_key_init(&key, pair->encrypt, &params), 0);
	assert_int_equal(unhex(v->icv, want), key.icv_bytes);
	job = IMB_GET_NEXT_JOB(mgr);
	memset(job, 0, sizeof(*job));
	job->cipher_mode = IMB_CIPHER_NULL;
	job->cipher_direction = IMB_DIR_ENCRYPT;
	job->chain_order = IMB_ORDER_HASH_CIPHER;
	job->hash_alg = (IMB_HASH_ALG)key.hash_alg;
	job->src = data;
	job->msg_len_to_hash_in_bytes = unhex(v->data, data);
	job->auth_tag_output = icv;
	job->auth_tag_output_len_in_bytes = key.icv_bytes;
	job->u.HMAC._hashed_auth_key_xor_ipad = key.u.cbc.inner;
	job->u.HMAC._hashed_auth_key_xor_opad = key.u.cbc.outer;
	if (!IMB_SUBMIT_JOB(mgr))
		assert_ptr_equal(IMB_FLUSH_JOB(mgr), job);
	assert_int_equal(job->status, IMB_STATUS_COMPLETED);
	assert_memory_equal(icv, want, key.icv_bytes);
}

static void test_rfc2202_rfc4231_rfc4868_hmac(void **state)
{
	for (unsigned a = 0; a < ESP_ARCHS; a++) {
		struct esp_pair pair;

		if (!esp_pair_open(&pair, esp_archs[a]))
			continue;
		for (unsigned i = 0; i < sizeof(hmac_vectors) / sizeof(hmac_vectors[0]); i++)
			check_hmac_vector(&pair, &hmac_vectors[i]);
		esp_pair_close(&pair);
	}
}

/* ---- AES-GCM: draft-mcgrew-gcm-test-01 --------------------------------------------------------
 */

struct gcm_vector {
	const char *name, *key_salt, *iv;
	uint32_t spi, sequence_high, sequence;
	bool esn;
	const char *plain, *cipher_icv;
};

static const struct gcm_vector gcm_vectors[] = {
    {"128 bits, 64-bit sequence number", "4c80cdefbb5d10da906ac73c3613a6342e443b68",
	"4956ed7e3b244cfe", 0x4321, 0x87654321, 0, true,
	"45000048699a000080114db7c0a80102c0a801010a9bf15638d301000001000000000000045f736970045f75"
	"6470037369700963796265726369747902646b000021000101020201",
	"fecf537e729d5b07dc30df528dd22b768d1b98736696a6fd348509fa13ceac34cfa2436f14a3f3cf65925bf1"
	"f4a13c5d15b21e1884f5ff6247aeabb786b93bce61bc17d768fd9732459018148f6cbe722fd04796562dfdb4"},
    {"192 bits", "feffe9928665731c6d6a8f9467308308feffe9928665731ccafebabe", "facedbaddecaf888",
	0xa5f8, 0, 0xa, false,
	"45000028a4ad4000400678800a01038f0a010612802306b8cb712602dd6bb03e501016d075680001",
	"a5b1f8066029aea40e598b8122de02420938b3ab33f828e687b8858b5bfbdbd0315b27452144cc7795457b96"
	"52037f5318027b5b4cd7a636"},
    {"256 bits", "abbccddef00112233445566778899aababbccddef00112233445566778899aab11223344",
	"0102030405060708", 0x4a2cbfe3, 0, 2, false,
	"4500003069a6400080062690c0a801029389155e0a9e008b2dc57ee0000000007002400020bf0000020405b4"
	"0101040201020201",
	"ff425c9b724599df7a3bcd510194e00d6a78107f1b0b1cbf06efae9d65a5d763748a637985771d347f054565"
	"9f14e99def842d8eb335f4eecfdbf831824b4c4915956c96"},
};

static void check_gcm_vector(struct esp_pair *pair, const struct gcm_vector *v)
{
	uint8_t encr_key[36], plain[BUFFER_BYTES], want[BUFFER_BYTES], packet[BUFFER_BYTES];
	struct esp_key_params params = {
	    CFG_ENCR_AES_GCM_16, CFG_AUTH_NONE, encr_key, 0, NULL, 0, v->esn};
	uint32_t spi = __builtin_bswap32(v->spi), sequence = __builtin_bswap32(v->sequence);
	uint32_t bytes = (uint32_t)unhex(v->plain, plain);
	struct esp_key key;

	params.encr_key_bytes = unhex(v->key_salt, encr_key);
	assert_int_equal(esp_key_init(&key, pair->encrypt, &params), 0);
	memcpy(packet, &spi, 4);
	memcpy(packet + 4, &sequence, 4);
	assert_int_equal(unhex(v->iv, packet + 8), 8);
	memcpy(packet + 16, plain, bytes);
	assert_int_equal(unhex(v->cipher_icv, want), bytes + 16);

	assert_int_equal(
	    esp_run(pair->encrypt, &key, packet, bytes, v->sequence_high), ESP_STATUS_OK);
	assert_memory_equal(packet + 16, want, bytes + 16);
	assert_int_equal(
	    esp_run(pair->decrypt, &key, packet, bytes, v->sequence_high), ESP_STATUS_OK);
	assert_memory_equal(packet + 16, plain, bytes);
}

static void test_mcgrew_aes_gcm_in_esp(void **state)
{
	for (unsigned a = 0; a < ESP_ARCHS; a++) {
		struct esp_pair pair;

		if (!esp_pair_open(&pair, esp_archs[a]))
			continue;
		for (unsigned i = 0; i < sizeof(gcm_vectors) / sizeof(gcm_vectors[0]); i++)
			check_gcm_vector(&pair, &gcm_vectors[i]);
		esp_pair_close(&pair);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rfc3602_sp800_38a_aes_cbc),
	    cmocka_unit_test(test_rfc2202_rfc4231_rfc4868_hmac),
	    cmocka_unit_test(test_mcgrew_aes_gcm_in_esp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
