#pragma once

/// Everything a program that links the library needs. Configuration files and run directories are not among it: see
/// vib/experiment.

#include "vib/core/device.h"
#include "vib/core/error.h"
#include "vib/core/units.h"
#include "vib/data/batches.h"
#include "vib/data/dataset.h"
#include "vib/data/digits.h"
#include "vib/data/idx.h"
#include "vib/data/mnist.h"
#include "vib/evaluate/evaluate.h"
#include "vib/nn/backbone.h"
#include "vib/nn/bottleneck.h"
#include "vib/nn/decoder.h"
#include "vib/nn/conv_encoder.h"
#include "vib/nn/gaussian.h"
#include "vib/nn/initialization.h"
#include "vib/nn/likelihood.h"
#include "vib/nn/mlp.h"
#include "vib/nn/vib_model.h"
#include "vib/nn/weights.h"
#include "vib/objective/objective.h"
#include "vib/objective/rate.h"
#include "vib/objective/schedule.h"
#include "vib/train/trainer.h"
#include "vib/version.h"
