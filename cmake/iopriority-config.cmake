# SPDX-License-Identifier: LGPL-2.1-or-later
# find_package(iopriority) gives the target iopriority::iopriority. Nothing else is needed to use it.
include(${CMAKE_CURRENT_LIST_DIR}/iopriority-targets.cmake)
