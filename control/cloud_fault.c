/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Kinds of failures, see cloud_fault.h. Source of the codes: Amazon EC2 API Reference, "Error
 * codes"; AWS General Reference, "Common errors". */
#include "control/cloud_fault.h"

#include <stddef.h>
#include <string.h>

enum cloud_fault cloud_fault_of_http(enum http_error error)
{
	switch (error) {
	case HTTP_RESOLVE: return CLOUD_FAULT_NAME;
	case HTTP_CANNOT_CONNECT:
	case HTTP_CONNECT_ERROR:
	case HTTP_CONNECT_TIMEOUT: return CLOUD_FAULT_UNREACHED;
	case HTTP_SSL_INIT: return CLOUD_FAULT_TRUST_STORE;
	case HTTP_CERTIFICATE: return CLOUD_FAULT_CERTIFICATE;
	case HTTP_CERTIFICATE_TIME: return CLOUD_FAULT_CLOCK;
	case HTTP_SSL:
	case HTTP_SEND:
	case HTTP_RECEIVE:
	case HTTP_RECEIVE_TIMEOUT: return CLOUD_FAULT_CUT;
	case HTTP_ILLEGAL: return CLOUD_FAULT_ANSWER;
	case HTTP_OK:
	case HTTP_SOCKET:
	case HTTP_NONBLOCKING: break;
	}
	return CLOUD_FAULT_OTHER;
}

enum cloud_fault cloud_fault_of_code(const char *code)
{
	static const struct {
		const char *code;
		enum cloud_fault fault;
	} row[] = {
	    {"AuthFailure", CLOUD_FAULT_KEY},
	    {"ExpiredToken", CLOUD_FAULT_KEY},
	    {"ExpiredTokenException", CLOUD_FAULT_KEY},
	    {"IncompleteSignature", CLOUD_FAULT_KEY},
	    {"InvalidAccessKeyId", CLOUD_FAULT_KEY},
	    {"InvalidClientTokenId", CLOUD_FAULT_KEY},
	    {"InvalidSignatureException", CLOUD_FAULT_KEY},
	    {"MissingAuthenticationToken", CLOUD_FAULT_KEY},
	    {"SignatureDoesNotMatch", CLOUD_FAULT_KEY},
	    {"UnrecognizedClientException", CLOUD_FAULT_KEY},
	    {"RequestExpired", CLOUD_FAULT_CLOCK},
	    {"RequestTimeTooSkewed", CLOUD_FAULT_CLOCK},
	    {"AccessDenied", CLOUD_FAULT_RIGHT},
	    {"AccessDeniedException", CLOUD_FAULT_RIGHT},
	    {"UnauthorizedOperation", CLOUD_FAULT_RIGHT},
	    {"InvalidVpnConnectionID", CLOUD_FAULT_VPN_ID},
	    {"InvalidVpnConnectionID.Malformed", CLOUD_FAULT_VPN_ID},
	    {"InvalidVpnConnectionID.NotFound", CLOUD_FAULT_VPN_ID},
	    {"InvalidTransitGatewayID.Malformed", CLOUD_FAULT_TARGET},
	    {"InvalidTransitGatewayID.NotFound", CLOUD_FAULT_TARGET},
	    {"InvalidVpcID.Malformed", CLOUD_FAULT_TARGET},
	    {"InvalidVpcID.NotFound", CLOUD_FAULT_TARGET},
	    {"InternalError", CLOUD_FAULT_LATER},
	    {"InternalFailure", CLOUD_FAULT_LATER},
	    {"InternalServiceError", CLOUD_FAULT_LATER},
	    {"RequestLimitExceeded", CLOUD_FAULT_LATER},
	    {"ServiceUnavailable", CLOUD_FAULT_LATER},
	    {"Throttling", CLOUD_FAULT_LATER},
	    {"ThrottlingException", CLOUD_FAULT_LATER},
	    {"Unavailable", CLOUD_FAULT_LATER},
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		if (strcmp(row[i].code, code) == 0)
			return row[i].fault;
	return CLOUD_FAULT_OTHER;
}
