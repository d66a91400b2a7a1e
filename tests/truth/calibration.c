/* SPDX-License-Identifier: ISC */
#include "tests/truth/calibration.h"

#include <inttypes.h>
#include <math.h>

void
calibration_add(struct calibration *c, double p, bool right)
{
	int bin = (int)(p * CALIBRATION_BINS);
	if (bin >= CALIBRATION_BINS)
		bin = CALIBRATION_BINS - 1;
	c->n++;
	c->sure_wrong += p >= 0.9 && !right;
	c->brier += (p - right) * (p - right);
	c->bin[bin].n++;
	c->bin[bin].right += right;
	c->bin[bin].claimed += p;
}

double
calibration_ece(const struct calibration *c)
{
	double sum = 0;
	for (int i = 0; i < CALIBRATION_BINS; i++)
		sum += fabs(c->bin[i].claimed - (double)c->bin[i].right);
	return c->n > 0 ? sum / (double)c->n : 0;
}

void
calibration_print(const struct calibration *c, FILE *out)
{
	fprintf(out, "claimed   answers   mean p    right\n");
	for (int i = 0; i < CALIBRATION_BINS; i++)
		if (c->bin[i].n > 0)
			fprintf(out, "%.2f-%.2f %9" PRIu64 "   %.4f   %.4f\n",
			    (double)i / CALIBRATION_BINS,
			    (double)(i + 1) / CALIBRATION_BINS, c->bin[i].n,
			    c->bin[i].claimed / (double)c->bin[i].n,
			    (double)c->bin[i].right / (double)c->bin[i].n);
	fprintf(out, "ECE %.4f, Brier %.4f, wrong with p >= 0.9: %.4f %%\n",
	    calibration_ece(c), c->brier / (double)c->n,
	    100.0 * (double)c->sure_wrong / (double)c->n);
}
