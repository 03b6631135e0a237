// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Puts a process into the background: in C++ with libiopriority, which asks the service only where it must.
//
//   c++ -std=c++20 -o background library.cpp $(pkg-config --cflags --libs iopriority)
//   ./background PID
#include <iopriority/client.hpp>
#include <iostream>
#include <sstream>

int main(int argc, char** argv) {
    if (argc > 2) {
        std::cerr << "usage: " << argv[0] << " [PID]\n";
        return 2;
    }
    pid_t pid = 0;  // this process
    std::istringstream given(argc == 2 ? argv[1] : "0");
    if (!(given >> pid) || !given.eof()) {
        std::cerr << "failed: " << argv[1] << " is not a process id\n";
        return 1;
    }
    try {
        iopriority::Client client;
        std::cout << "before: " << client.get(pid).to_string() << '\n';
        const auto changed = client.set_process(pid, iopriority::Priority::idle(), {.interactive = true});
        std::cout << "threads: " << changed.threads << '\n';
        std::cout << "after: " << client.get(pid).to_string() << '\n';
        return 0;
    } catch (const iopriority::NotAuthorized& error) {
        if (error.code() == iopriority::ErrorCode::dismissed) {
            std::cerr << "cancelled\n";  // the person closed the dialog: no more is to be said
        } else {
            std::cerr << "not authorized: " << error.what() << '\n';
        }
    } catch (const iopriority::Error& error) {
        std::cerr << "failed: " << error.what() << '\n';
    }
    return 1;
}
