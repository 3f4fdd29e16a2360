#pragma once
#include "TerminalShims.h"
