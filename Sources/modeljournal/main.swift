import ArgumentParser
import ServiceLifecycle

print("hello")
