# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# `cmake --build build/release --target sbom`: what is in the programs, as a document of SPDX.
find_package(nlohmann_json REQUIRED)
set(programs)
foreach(program IN ITEMS iopriorityd iopriority_polkit iopriority iopriority_bus ioprioctl iopriority_terminal)
  if(TARGET ${program})
    list(APPEND programs $<TARGET_FILE:${program}>)
  endif()
endforeach()
set(make_sbom ${PROJECT_SOURCE_DIR}/cmake/make_sbom --version ${PROJECT_VERSION} --homepage ${IOPRIORITY_HOMEPAGE}
  --uses sdbus-c++=${sdbus-c++_VERSION} --uses ${SYSTEMD_MODULE_NAME}=${SYSTEMD_VERSION} --uses polkit-gobject-1=${POLKIT_VERSION}
  --uses glib-2.0=${GLIB_VERSION} --uses libcap-ng=${CAPNG_VERSION} --uses ncursesw=${NCURSESW_VERSION}
  --uses nlohmann_json=${nlohmann_json_VERSION} ${programs})
set(sbom ${PROJECT_BINARY_DIR}/iopriority-${PROJECT_VERSION}.spdx.json)
add_custom_target(sbom COMMAND ${make_sbom} --output ${sbom} DEPENDS ${programs} BYPRODUCTS ${sbom} VERBATIM)
if(all_tests)
  add_test(NAME packaging.sbom
    COMMAND ${PROJECT_SOURCE_DIR}/tests/packaging/check-sbom ${PROJECT_VERSION} ${PROJECT_BINARY_DIR}/sbom-test ${make_sbom})
  set_tests_properties(packaging.sbom PROPERTIES LABELS unit TIMEOUT 60)
endif()
