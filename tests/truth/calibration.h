/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TRUTH_CALIBRATION_H
#define TUMEN_TESTS_TRUTH_CALIBRATION_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Whether probabilities are honest: answers in bins of equal width by what they
 * claim, each with its mean claim and how often it was right. Their expected
 * difference is the ECE (Naeini et al., AAAI 2015). Start from {0}.
 */
enum { CALIBRATION_BINS = 20 };

struct calibration {
	uint64_t n, sure_wrong; /* wrong with p >= 0.9 */
	double brier;		/* sum of squared errors */
	struct {
		uint64_t n, right;
		double claimed;
	} bin[CALIBRATION_BINS];
};

void calibration_add(struct calibration *c, double p, bool right);
double calibration_ece(const struct calibration *c);
void calibration_print(const struct calibration *c, FILE *out);

#endif
