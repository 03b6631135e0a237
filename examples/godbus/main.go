// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Puts a process into the background: in Go with godbus.
//
//	go mod tidy
//	go run . PID
package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/godbus/dbus/v5"
)

const (
	name     = "org.example.IoPriority"
	extended = "org.example.IoPriority.Extended1"
)

func show(service dbus.BusObject, when string, pid uint32) error {
	var class string
	var level uint32
	if err := service.Call(name+".Get", 0, pid).Store(&class, &level); err != nil {
		return err
	}
	fmt.Printf("%s: %s %d\n", when, class, level)
	return nil
}

func putIntoBackground(pid uint32) error {
	bus, err := dbus.ConnectSystemBus()
	if err != nil {
		return err
	}
	defer bus.Close()
	service := bus.Object(name, "/org/example/IoPriority")
	if err := show(service, "before", pid); err != nil {
		return err
	}
	// polkit may ask a person, and the answer takes as long as the person does: godbus waits without end. (Up to 5.1 it drops
	// FlagAllowInteractiveAuthorization: the option does the same.)
	options := map[string]dbus.Variant{"interactive": dbus.MakeVariant(true)}
	var result map[string]dbus.Variant
	call := service.Call(extended+".SetPriority", 0, "process", dbus.MakeVariant(pid), "idle", uint32(0), options)
	if err := call.Store(&result); err != nil {
		return err
	}
	fmt.Println("threads:", result["threads"].Value())
	return show(service, "after", pid)
}

func explain(err error) string {
	var refusal dbus.Error
	if !errors.As(err, &refusal) {
		return "failed: " + err.Error()
	}
	switch refusal.Name {
	case "org.example.IoPriority.Error.Dismissed":
		return "cancelled" // the person closed the dialog: no more is to be said
	case "org.freedesktop.DBus.Error.AccessDenied", "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired":
		return "not authorized: " + refusal.Error()
	default:
		return "failed: " + refusal.Error()
	}
}

func main() {
	pid := uint64(0) // this process
	if len(os.Args) == 2 {
		var err error
		if pid, err = strconv.ParseUint(os.Args[1], 10, 32); err != nil {
			fmt.Fprintf(os.Stderr, "failed: %s is not a process id\n", os.Args[1])
			os.Exit(1)
		}
	}
	if err := putIntoBackground(uint32(pid)); err != nil {
		fmt.Fprintln(os.Stderr, explain(err))
		os.Exit(1)
	}
}
