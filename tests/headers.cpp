// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// Nothing but what the precompiled headers of the tests belong to.
int main() {
    return 0;
}
